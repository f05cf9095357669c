import java.util.List;

/**
 * Further commands of one theme. Every file named {@code ...Verbs.java} in this folder is one, and every such file in the
 * folder of a version when the judge is of that version; a public or package-private class with a constructor that takes
 * the {@link Judge}.
 */
interface Verbs {
  /** False when the command is of another theme; answers go through {@link Judge#answer}. */
  boolean obey(String verb, List<String> arguments) throws Exception;
}
