import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.commons.cli.Options;
import org.apache.commons.cli.PosixParser;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.trace.TraceBean;
import org.apache.rocketmq.client.trace.TraceContext;
import org.apache.rocketmq.client.trace.TraceDataEncoder;
import org.apache.rocketmq.client.trace.TraceType;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.tools.command.SubCommandException;
import org.apache.rocketmq.tools.command.message.QueryMsgTraceByIdSubCommand;

/** Message traces, as an administrator sees them. */
final class TraceVerbs implements Verbs {
  /** ResponseCode.NO_MESSAGE, whose class has moved between the versions. */
  private static final int NO_MESSAGE = 208;
  private final Judge judge;

  TraceVerbs(Judge judge) {
    this.judge = judge;
  }

  @Override
  public boolean obey(String verb, List<String> arguments) throws Exception {
    switch (verb) {
      case "traces" -> traces(arguments.get(0), arguments.get(1));
      case "trace-records" -> records(arguments.get(0), arguments.get(1));
      default -> {
        return false;
      }
    }
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
    } catch (SubCommandException failed) {
      if (!isNothingFound(failed.getCause())) throw failed;
    } finally {
      System.setOut(before);
    }
    for (String line : printed.toString(StandardCharsets.UTF_8).split("\n")) {
      if (!line.isBlank()) judge.answer(new Json().put("line", line.strip()));
    }
  }

  /** What the official decoder reads in the traces of a message, found as mqadmin finds them, which prints sends only. */
  private void records(String traceTopic, String msgId) throws Exception {
    for (MessageExt message : found(traceTopic, msgId)) {
      String body = new String(message.getBody(), StandardCharsets.UTF_8);
      for (TraceContext context : TraceDataEncoder.decoderFromTraceDataString(body)) {
        if (context.getTraceBeans().get(0).getMsgId().equals(msgId)) {
          judge.answer(new Json().put("record", describe(context, context.getTraceBeans().get(0))));
        }
      }
    }
  }

  /** None, where the index of the topic has nothing of it yet. */
  private List<MessageExt> found(String traceTopic, String msgId) throws Exception {
    try {
      return judge.admin().queryMessage(traceTopic, msgId, 64, 0, Long.MAX_VALUE).getMessageList();
    } catch (MQClientException failed) {
      if (!isNothingFound(failed)) throw failed;
      return List.of();
    }
  }

  private static boolean isNothingFound(Throwable failure) {
    return failure instanceof MQClientException known && known.getResponseCode() == NO_MESSAGE;
  }

  /** Of each kind what its records say; the rest of a bean are defaults. */
  private static Map<String, String> describe(TraceContext context, TraceBean bean) {
    Map<String, String> record = new TreeMap<>();
    record.put("type", context.getTraceType().name());
    record.put("regionId", context.getRegionId());
    record.put("group", context.getGroupName());
    record.put("topic", bean.getTopic());
    record.put("msgId", bean.getMsgId());
    boolean isEnd = context.getTraceType() == TraceType.EndTransaction;
    if (!isEnd) record.put("success", Boolean.toString(context.isSuccess()));
    if (bean.getMsgType() == null) return record;
    record.put("tags", bean.getTags());
    record.put("keys", bean.getKeys());
    record.put("storeHost", bean.getStoreHost());
    record.put("msgType", bean.getMsgType().name());
    if (isEnd) {
      record.put("transactionId", bean.getTransactionId());
      record.put("transactionState", bean.getTransactionState().name());
      record.put("fromTransactionCheck", Boolean.toString(bean.isFromTransactionCheck()));
    } else {
      record.put("bodyLength", Integer.toString(bean.getBodyLength()));
      record.put("offsetMsgId", bean.getOffsetMsgId());
    }
    return record;
  }
}
