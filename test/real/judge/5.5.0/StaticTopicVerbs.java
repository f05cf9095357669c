import java.util.ArrayList;
import java.util.List;
import org.apache.rocketmq.tools.command.MQAdminStartup;

/** Static topics, made and moved with mqadmin's own commands, and read as a consumer sees them. */
final class StaticTopicVerbs implements Verbs {
  private final Judge judge;

  StaticTopicVerbs(Judge judge) {
    this.judge = judge;
  }

  @Override
  public boolean obey(String verb, List<String> arguments) throws Exception {
    switch (verb) {
      case "create-static" -> admin(List.of("updateStaticTopic", "-t", arguments.get(0), "-qn", arguments.get(1),
          "-b", String.join(",", arguments.subList(2, arguments.size()))));
      case "move-static" -> admin(List.of("remappingStaticTopic", "-t", arguments.get(0),
          "-b", String.join(",", arguments.subList(1, arguments.size()))));
      case "read-static" -> read(arguments.get(0));
      default -> {
        return false;
      }
    }
    return true;
  }

  private void admin(List<String> command) {
    List<String> words = new ArrayList<>(command);
    words.addAll(List.of("-n", judge.nameServer()));
    MQAdminStartup.main0(words.toArray(String[]::new), Judge.signing());
  }

  private void read(String topic) throws Exception {
    new TopicReader(judge, "judge_static", null).read(topic, (queue, message) ->
        judge.answer(new Json().put("queueId", queue.getQueueId())
            .put("queueOffset", String.valueOf(message.getQueueOffset())).put("msgId", message.getMsgId())));
  }
}
