import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.commons.cli.Options;
import org.apache.commons.cli.PosixParser;
import org.apache.rocketmq.tools.command.message.QueryMsgTraceByIdSubCommand;

/** Message traces, as an administrator sees them. */
final class TraceVerbs implements Verbs {
  private final Judge judge;

  TraceVerbs(Judge judge) {
    this.judge = judge;
  }

  @Override
  public boolean obey(String verb, List<String> arguments) throws Exception {
    if (!verb.equals("traces")) return false;
    traces(arguments.get(0), arguments.get(1));
    return true;
  }

  /**
   * What {@code mqadmin queryMsgTraceById} prints for a message: one answer for each line. The command itself, because
   * the program around it wants the configuration files of an installation.
   */
  private void traces(String traceTopic, String msgId) throws Exception {
    System.setProperty("rocketmq.namesrv.addr", judge.nameServer());
    var command = new QueryMsgTraceByIdSubCommand();
    Options options = command.buildCommandlineOptions(new Options());
    PrintStream before = System.out;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
    try {
      var commandLine = new PosixParser().parse(options, new String[] {"-i", msgId, "-t", traceTopic});
      command.execute(commandLine, options, Judge.signing());
    } finally {
      System.setOut(before);
    }
    for (String line : printed.toString(StandardCharsets.UTF_8).split("\n")) {
      if (!line.isBlank()) judge.answer(new Json().put("line", line.strip()));
    }
  }
}
