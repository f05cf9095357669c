import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.common.message.MessageExt;

/**
 * When messages reach a consumer: {@code watch <topic>} begins to consume it, {@code arrivals <topic>} tells what has
 * arrived since. The consumer stays until the judge ends.
 */
class ArrivalVerbs implements Verbs {
  private record Arrival(String msgId, long arrivedAt, byte[] body) {}

  private final Judge judge;
  private final Map<String, List<Arrival>> arrivals = new HashMap<>();

  ArrivalVerbs(Judge judge) {
    this.judge = judge;
  }

  @Override
  public boolean obey(String verb, List<String> arguments) throws Exception {
    switch (verb) {
      case "watch" -> watch(arguments.get(0));
      case "arrivals" -> tell(arguments.get(0));
      default -> {
        return false;
      }
    }
    return true;
  }

  private void watch(String topic) throws Exception {
    List<Arrival> arrived = new ArrayList<>();
    arrivals.put(topic, arrived);
    DefaultMQPushConsumer consumer = judge.pushConsumer(topic, "judge_watches_" + topic);
    consumer.setConsumeThreadMin(1);
    consumer.setConsumeThreadMax(1);
    consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
      long now = System.currentTimeMillis();
      synchronized (arrived) {
        for (MessageExt message : messages) arrived.add(new Arrival(message.getMsgId(), now, message.getBody()));
      }
      return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
    });
    consumer.start();
  }

  private void tell(String topic) {
    List<Arrival> arrived = arrivals.get(topic);
    if (arrived == null) throw new IllegalArgumentException("nobody watches " + topic);
    synchronized (arrived) {
      for (Arrival arrival : arrived) {
        judge.answer(new Json().put("msgId", arrival.msgId()).put("arrivedAt", arrival.arrivedAt())
            .put("body", new String(arrival.body(), StandardCharsets.UTF_8)));
      }
    }
  }
}
