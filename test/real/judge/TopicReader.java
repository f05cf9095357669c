import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.consumer.PullResult;
import org.apache.rocketmq.client.consumer.PullStatus;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;

/**
 * Reads a topic from end to end with a consumer of its own, for verbs whose consumer is a particular one. It takes what it
 * is given; that nothing is missing is the business of the judge's own {@code read}.
 */
final class TopicReader {
  interface Each {
    void found(MessageQueue queue, MessageExt message) throws Exception;
  }

  private static final int PULL_MESSAGES = 32;

  private final DefaultMQPullConsumer consumer;

  /** With the judge's credentials; {@code namespace} is null for none. */
  TopicReader(Judge judge, String name, String namespace) {
    consumer = new DefaultMQPullConsumer(name, Judge.signing());
    if (namespace != null) consumer.setNamespace(namespace);
    consumer.setNamesrvAddr(judge.nameServer());
    consumer.setInstanceName(name + "_" + System.nanoTime());
  }

  /** Once only: the consumer is shut down then. */
  void read(String topic, Each each) throws Exception {
    consumer.start();
    try {
      for (MessageQueue queue : consumer.fetchSubscribeMessageQueues(topic)) readQueue(queue, each);
    } finally {
      consumer.shutdown();
    }
  }

  private void readQueue(MessageQueue queue, Each each) throws Exception {
    long offset = consumer.minOffset(queue);
    long end = consumer.maxOffset(queue);
    while (offset < end) {
      PullResult result = consumer.pull(queue, "*", offset, PULL_MESSAGES);
      if (result.getPullStatus() == PullStatus.FOUND) {
        for (MessageExt message : result.getMsgFoundList()) each.found(queue, message);
      } else if (result.getNextBeginOffset() <= offset) {
        break;
      }
      offset = result.getNextBeginOffset();
    }
  }
}
