import java.util.List;
import org.apache.rocketmq.client.exception.MQBrokerException;

/** What brokers know of clients, and what clients in a namespace see. */
final class ClientVerbs implements Verbs {
  private final Judge judge;

  ClientVerbs(Judge judge) {
    this.judge = judge;
  }

  @Override
  public boolean obey(String verb, List<String> arguments) throws Exception {
    switch (verb) {
      case "producers" -> producers(arguments.get(0), arguments.get(1));
      case "read-in-namespace" -> readInNamespace(arguments.get(0), arguments.get(1));
      default -> {
        return false;
      }
    }
    return true;
  }

  private void producers(String topic, String group) throws Exception {
    try {
      for (var connection : judge.admin().examineProducerConnectionInfo(group, topic).getConnectionSet()) {
        judge.answer(new Json().put("clientId", connection.getClientId()).put("address", connection.getClientAddr()));
      }
    } catch (MQBrokerException refusal) {
      if (!refusal.getErrorMessage().contains("not exist")) throw refusal;
    }
  }

  private void readInNamespace(String namespace, String topic) throws Exception {
    new TopicReader(judge, "judge_in_namespace", namespace).read(topic, (queue, message) ->
        judge.answer(new Json().put("topic", message.getTopic()).put("msgId", message.getMsgId())));
  }
}
