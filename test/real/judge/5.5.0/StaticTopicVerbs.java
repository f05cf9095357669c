import java.util.ArrayList;
import java.util.List;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.consumer.PullResult;
import org.apache.rocketmq.client.consumer.PullStatus;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;
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
    DefaultMQPullConsumer consumer = new DefaultMQPullConsumer("judge_static", Judge.signing());
    consumer.setNamesrvAddr(judge.nameServer());
    consumer.setInstanceName("judge_static_" + System.nanoTime());
    consumer.start();
    try {
      for (MessageQueue queue : consumer.fetchSubscribeMessageQueues(topic)) {
        long offset = consumer.minOffset(queue);
        for (long end = consumer.maxOffset(queue); offset < end; ) {
          PullResult result = consumer.pull(queue, "*", offset, 32);
          if (result.getPullStatus() == PullStatus.FOUND) {
            for (MessageExt message : result.getMsgFoundList()) {
              judge.answer(new Json().put("queueId", queue.getQueueId()).put("msgId", message.getMsgId()));
            }
          } else if (result.getNextBeginOffset() <= offset) {
            break;
          }
          offset = result.getNextBeginOffset();
        }
      }
    } finally {
      consumer.shutdown();
    }
  }
}
