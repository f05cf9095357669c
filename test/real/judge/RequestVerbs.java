import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.utils.MessageUtil;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;

/**
 * The other side of requests, in a namespace where one is given: {@code answer <topic> <namespace>} begins to consume a
 * topic and to answer every request in it, until the judge ends; {@code ask <topic> <body> <timeout> <namespace>} sends a
 * request and tells the reply.
 */
class RequestVerbs implements Verbs {
  private final Judge judge;

  RequestVerbs(Judge judge) {
    this.judge = judge;
  }

  @Override
  public boolean obey(String verb, List<String> arguments) throws Exception {
    switch (verb) {
      case "answer" -> answer(arguments.get(0), namespaceOf(arguments.get(1)));
      case "ask" ->
          ask(arguments.get(0), arguments.get(1), Long.parseLong(arguments.get(2)), namespaceOf(arguments.get(3)));
      default -> {
        return false;
      }
    }
    return true;
  }

  /** An empty word is none. */
  private static String namespaceOf(String word) {
    return word.isEmpty() ? null : word;
  }

  private void answer(String topic, String namespace) throws Exception {
    DefaultMQProducer replier = producer("judge_replies_" + topic, namespace);
    DefaultMQPushConsumer consumer = judge.pushConsumer(topic, "judge_answers_" + topic, namespace);
    consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
      for (MessageExt request : messages) {
        try {
          String body = "re: " + new String(request.getBody(), StandardCharsets.UTF_8);
          replier.send(MessageUtil.createReplyMessage(request, body.getBytes(StandardCharsets.UTF_8)), 3000);
        } catch (Exception problem) {
          problem.printStackTrace();
        }
      }
      return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
    });
    consumer.start();
  }

  private void ask(String topic, String body, long timeoutMs, String namespace) throws Exception {
    DefaultMQProducer requester = producer("judge_asks_" + topic, namespace);
    try {
      Message reply = requester.request(new Message(topic, body.getBytes(StandardCharsets.UTF_8)), timeoutMs);
      judge.answer(new Json().put("body", new String(reply.getBody(), StandardCharsets.UTF_8)));
    } finally {
      requester.shutdown();
    }
  }

  private DefaultMQProducer producer(String name, String namespace) throws Exception {
    DefaultMQProducer producer = new DefaultMQProducer(name, Judge.signing());
    producer.setNamesrvAddr(judge.nameServer());
    producer.setInstanceName(name);
    producer.setNamespace(namespace);
    producer.start();
    return producer;
  }
}
