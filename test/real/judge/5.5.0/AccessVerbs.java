import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Users of ACL 2.0: the broker keeps them itself. */
final class AccessVerbs implements Verbs {
  private final Judge judge;
  private final Set<String> known = new HashSet<>();

  AccessVerbs(Judge judge) {
    this.judge = judge;
  }

  /** {@code allow-sending user secret topic...}: these topics, and nothing else; a known user gets this secret. */
  @Override
  public boolean obey(String verb, List<String> arguments) throws Exception {
    if (!verb.equals("allow-sending")) return false;
    String user = arguments.get(0);
    List<String> topics = arguments.stream().skip(2).map(topic -> "Topic:" + topic).toList();
    boolean isKnown = !known.add(user);
    for (String broker : judge.masters().values()) {
      if (isKnown) {
        judge.admin().updateUser(broker, user, arguments.get(1), "Normal", "enable");
        judge.admin().updateAcl(broker, "User:" + user, topics, List.of("Pub"), null, "Allow");
      } else {
        judge.admin().createUser(broker, user, arguments.get(1), "Normal");
        judge.admin().createAcl(broker, "User:" + user, topics, List.of("Pub"), null, "Allow");
      }
    }
    return true;
  }
}
