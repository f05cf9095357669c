import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.rocketmq.acl.common.AclClientRPCHook;
import org.apache.rocketmq.acl.common.SessionCredentials;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.PullResult;
import org.apache.rocketmq.client.consumer.PullStatus;
import org.apache.rocketmq.client.consumer.rebalance.AllocateMessageQueueAveragely;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.client.producer.selector.SelectMessageQueueByHash;
import org.apache.rocketmq.common.MQVersion;
import org.apache.rocketmq.common.MixAll;
import org.apache.rocketmq.common.TopicConfig;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageClientExt;
import org.apache.rocketmq.common.message.MessageDecoder;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;
import org.apache.rocketmq.remoting.RPCHook;
import org.apache.rocketmq.remoting.protocol.RemotingCommand;
import org.apache.rocketmq.tools.admin.DefaultMQAdminExt;

/**
 * The judge: says what really lies in a cluster, with nothing but the official client. It takes one command per line on
 * stdin (words divided by tabs) and answers with lines of JSON, the last of them {"done":true} or {"error":"..."}.
 * It knows nothing about what was meant to be sent; comparing is the business of whoever asks.
 *
 * Started as {@code java Judge <name server> <class>...}, with the {@link Verbs} that are to be understood beside those
 * here. The same source is compiled against 4.9.7 and 5.5.0, whose protocol classes live in different packages: hence
 * `var` where one of them appears. The properties judge.accessKey and judge.secretKey are its credentials, if it has any.
 */
public final class Judge {
  private static final int PULL_MESSAGES = 512;
  private static final int READERS = 3;
  private static final long ROUTE_WAIT_MS = 15_000;
  private static final long QUIET_MS = 300;
  /** What the consumer adds to every message it hands out; not part of what is stored. */
  private static final Set<String> ADDED_ON_READING = Set.of("MIN_OFFSET", "MAX_OFFSET");

  private final PrintStream out;
  private final String nameServer;
  private final DefaultMQAdminExt admin = new DefaultMQAdminExt(signing());
  private final DefaultMQPullConsumer consumer = new DefaultMQPullConsumer("judge_reader", signing());
  private final DefaultMQProducer producer = new DefaultMQProducer("judge_producer", signing());
  private final List<Verbs> themes = new ArrayList<>();

  private Judge(PrintStream out, String nameServer) throws Exception {
    this.out = out;
    this.nameServer = nameServer;
    admin.setNamesrvAddr(nameServer);
    admin.setInstanceName("judge_admin");
    consumer.setNamesrvAddr(nameServer);
    consumer.setInstanceName("judge_reader");
    producer.setNamesrvAddr(nameServer);
    producer.setInstanceName("judge_producer");
    admin.start();
    consumer.start();
    producer.start();
  }

  public static void main(String[] args) throws Exception {
    PrintStream answers = new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8);
    System.setOut(System.err); // whatever a library prints must not get among the answers
    BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    Judge judge = new Judge(answers, args[0]);
    for (String theme : Arrays.asList(args).subList(1, args.length)) {
      judge.themes.add((Verbs) Class.forName(theme).getDeclaredConstructor(Judge.class).newInstance(judge));
    }
    for (String line = commands.readLine(); line != null; line = commands.readLine()) {
      String[] words = line.split("\t", -1);
      try {
        judge.obey(words[0], Arrays.asList(words).subList(1, words.length));
        answers.println("{\"done\":true}");
      } catch (Throwable problem) {
        problem.printStackTrace();
        answers.println(new Json().put("error", words[0] + ": " + problem).end());
      }
      answers.flush();
    }
    System.exit(0); // the clients keep threads that are no daemons
  }

  private void obey(String verb, List<String> arguments) throws Exception {
    switch (verb) {
      case "brokers" -> listBrokers();
      case "create" -> createTopic(arguments.get(0), Integer.parseInt(arguments.get(1)), Integer.parseInt(arguments.get(2)),
          arguments.subList(3, arguments.size()));
      case "place" -> place(arguments.get(0), arguments.subList(1, arguments.size()));
      case "produce" -> produce(arguments.get(0), Integer.parseInt(arguments.get(1)), Long.parseLong(arguments.get(2)));
      case "read" -> read(arguments);
      default -> {
        for (Verbs theme : themes) if (theme.obey(verb, arguments)) return;
        throw new IllegalArgumentException("unknown command");
      }
    }
  }

  String nameServer() {
    return nameServer;
  }

  DefaultMQAdminExt admin() {
    return admin;
  }

  /** What a client must be made with to get in; null where everybody may. */
  static RPCHook signing() {
    String accessKey = System.getProperty("judge.accessKey");
    if (accessKey == null) return null;
    return new AclClientRPCHook(new SessionCredentials(accessKey, System.getProperty("judge.secretKey"))) {
      @Override
      protected SortedMap<String, String> parseRequestContent(RemotingCommand request) {
        SortedMap<String, String> signed = super.parseRequestContent(request);
        // Brokers of 4.9.7 leave it out (PlainAccessValidator.java), and so refuse every query of their own client.
        if (MQVersion.CURRENT_VERSION < MQVersion.Version.V5_0_0.ordinal()) signed.remove(MixAll.UNIQUE_MSG_QUERY_FLAG);
        return signed;
      }
    };
  }

  /**
   * A consumer of a topic, from its first message on; not started. It tells brokers every second what it reads: when that
   * changes while it is telling them, as at its start, they refuse it until it tells them again, by default half a minute
   * later.
   */
  DefaultMQPushConsumer pushConsumer(String topic, String name) throws Exception {
    return pushConsumer(topic, name, null);
  }

  /** The same in a namespace, where one is given. */
  DefaultMQPushConsumer pushConsumer(String topic, String name, String namespace) throws Exception {
    DefaultMQPushConsumer consumer = new DefaultMQPushConsumer(name, signing(), new AllocateMessageQueueAveragely());
    consumer.setNamesrvAddr(nameServer);
    consumer.setInstanceName(name);
    consumer.setNamespace(namespace);
    consumer.setHeartbeatBrokerInterval(1000);
    consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
    consumer.setPullTimeDelayMillsWhenException(1000);
    consumer.subscribe(topic, "*");
    return consumer;
  }

  /** One line of the answer to the command that is being obeyed. */
  void answer(Json line) {
    synchronized (out) {
      out.println(line.end());
    }
  }

  /** The masters that are registered at the name server now. */
  Map<String, String> masters() throws Exception {
    Map<String, String> masters = new TreeMap<>();
    for (var entry : admin.examineBrokerClusterInfo().getBrokerAddrTable().entrySet()) {
      String address = entry.getValue().getBrokerAddrs().get(0L);
      if (address != null) masters.put(entry.getKey(), address);
    }
    return masters;
  }

  private void listBrokers() throws Exception {
    for (var master : masters().entrySet()) {
      out.println(new Json().put("brokerName", master.getKey()).put("address", master.getValue()).end());
    }
  }

  /** Creates the topic, or changes it, on every broker, and waits until the name server says so. */
  private void createTopic(String topic, int queues, int perm, List<String> attributes) throws Exception {
    Map<String, String> masters = masters();
    for (String address : masters.values()) {
      TopicConfig config = new TopicConfig(topic, queues, queues, perm);
      if (!attributes.isEmpty()) setAttributes(config, attributes);
      admin.createAndUpdateTopicConfig(address, config);
    }
    awaitTrue("route of " + topic, ROUTE_WAIT_MS, () -> {
      long brokersReady = admin.examineTopicRouteInfo(topic).getQueueDatas().stream()
          .filter(data -> data.getWriteQueueNums() == queues && data.getPerm() == perm)
          .filter(data -> masters.containsKey(data.getBrokerName())).count();
      return brokersReady == masters.size();
    });
  }

  /** Topics of 4.x have no attributes, and its classes no such method. */
  private static void setAttributes(TopicConfig config, List<String> attributes) throws Exception {
    Map<String, String> added = new HashMap<>();
    for (String attribute : attributes) {
      int end = attribute.indexOf('=');
      added.put("+" + attribute.substring(0, end), attribute.substring(end + 1));
    }
    for (var method : TopicConfig.class.getMethods()) {
      if (method.getName().equals("setAttributes")) method.invoke(config, added);
    }
  }

  /** Where the official client puts these sharding keys: its own list of queues, its own selector. */
  private void place(String topic, List<String> keys) throws Exception {
    List<MessageQueue> queues = producer.fetchPublishMessageQueues(topic);
    for (String key : keys) {
      MessageQueue queue = new SelectMessageQueueByHash().select(queues, null, key);
      out.println(new Json().put("key", key).put("brokerName", queue.getBrokerName()).put("queueId", queue.getQueueId()).end());
    }
  }

  /** Sends generated messages with the official producer and says what was sent, so that reading can be checked. */
  private void produce(String topic, int count, long seed) throws Exception {
    Random random = new Random(seed);
    for (int i = 0; i < count; i++) {
      byte[] body = new byte[1 + random.nextInt(i % 50 == 0 ? 65536 : 2048)];
      if (i % 2 == 0) random.nextBytes(body);
      else Arrays.fill(body, (byte) ('a' + i % 26));
      Message message = new Message(topic, body);
      message.setKeys("java-" + i + " seed-" + seed);
      if (i % 3 == 0) message.setTags("tag" + i % 7);
      if (i % 4 == 0) message.setFlag(random.nextInt());
      message.putUserProperty("number", Integer.toString(i));
      message.putUserProperty("text", "Größe \u6d88\u606f \ud83d\ude80 " + i);
      Json sent = new Json().put("topic", topic).put("flag", message.getFlag())
          .put("bodyLength", body.length).put("bodySha256", sha256(body));
      SendResult result = producer.send(message);
      out.println(sent.put("brokerName", result.getMessageQueue().getBrokerName())
          .put("queueId", result.getMessageQueue().getQueueId())
          .put("queueOffset", Long.toString(result.getQueueOffset()))
          .put("offsetMsgId", result.getOffsetMsgId()).put("msgId", result.getMsgId())
          .put("tags", message.getTags()).put("keys", message.getKeys())
          .put("properties", message.getProperties()).end());
    }
  }

  /** Every message of the topics, from the lowest to the highest offset of each queue, once the queues stopped growing. */
  private void read(List<String> topics) throws Exception {
    List<MessageQueue> queues = new ArrayList<>();
    for (String topic : topics) {
      awaitTrue("route of " + topic, ROUTE_WAIT_MS, () -> !consumer.fetchSubscribeMessageQueues(topic).isEmpty());
      queues.addAll(consumer.fetchSubscribeMessageQueues(topic));
    }
    Map<MessageQueue, Long> ends = awaitQuiet(queues);
    ExecutorService readers = Executors.newFixedThreadPool(READERS);
    try {
      List<Future<?>> readings = new ArrayList<>();
      for (MessageQueue queue : queues) {
        readings.add(readers.submit(() -> {
          readQueue(queue, consumer.minOffset(queue), ends.get(queue));
          return null;
        }));
      }
      for (Future<?> reading : readings) reading.get();
    } finally {
      readers.shutdownNow();
    }
  }

  /** Brokers index what they stored a moment later: the ends of the queues count once they stay where they are. */
  private Map<MessageQueue, Long> awaitQuiet(List<MessageQueue> queues) throws Exception {
    Map<MessageQueue, Long> before = new HashMap<>();
    while (true) {
      Map<MessageQueue, Long> now = new HashMap<>();
      for (MessageQueue queue : queues) now.put(queue, consumer.maxOffset(queue));
      if (now.equals(before)) return now;
      before = now;
      Thread.sleep(QUIET_MS);
    }
  }

  private void readQueue(MessageQueue queue, long from, long end) throws Exception {
    long offset = from;
    while (offset < end) {
      PullResult result = consumer.pull(queue, "*", offset, (int) Math.min(PULL_MESSAGES, end - offset));
      if (result.getPullStatus() != PullStatus.FOUND) {
        throw new IllegalStateException(queue + " at " + offset + " of " + end + ": " + result);
      }
      StringBuilder lines = new StringBuilder();
      for (MessageExt message : result.getMsgFoundList()) {
        if (message.getQueueOffset() != offset) {
          throw new IllegalStateException(queue + ": offset " + offset + " is missing, found " + message.getQueueOffset());
        }
        offset++;
        lines.append(describe(queue, message)).append('\n');
      }
      synchronized (out) {
        out.print(lines);
      }
    }
  }

  static String describe(MessageQueue queue, MessageExt message) throws Exception {
    Map<String, String> properties = new TreeMap<>(message.getProperties());
    properties.keySet().removeAll(ADDED_ON_READING);
    return new Json().put("topic", message.getTopic()).put("brokerName", queue.getBrokerName())
        .put("queueId", message.getQueueId()).put("queueOffset", Long.toString(message.getQueueOffset()))
        .put("offsetMsgId", offsetMsgIdOf((MessageClientExt) message)).put("msgId", message.getMsgId())
        .put("tags", message.getTags()).put("keys", message.getKeys()).put("flag", message.getFlag())
        .put("properties", properties).put("sysFlag", message.getSysFlag())
        .put("bornAt", message.getBornTimestamp())
        .put("bodyLength", message.getBody().length).put("bodySha256", sha256(message.getBody())).end();
  }

  /** Messages that the consumer took out of a record with several have none; the record has. */
  private static String offsetMsgIdOf(MessageClientExt message) {
    String id = message.getOffsetMsgId();
    return id != null ? id : MessageDecoder.createMessageId(message.getStoreHost(), message.getCommitLogOffset());
  }

  static String sha256(byte[] bytes) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
  }

  interface Check {
    boolean holds() throws Exception;
  }

  static void awaitTrue(String what, long waitMs, Check check) throws Exception {
    long deadline = System.nanoTime() + waitMs * 1_000_000;
    Exception last = null;
    do {
      try {
        if (check.holds()) return;
      } catch (Exception notYet) {
        last = notYet;
      }
      Thread.sleep(100);
    } while (System.nanoTime() < deadline);
    throw new IllegalStateException("no " + what + " after " + waitMs + " ms", last);
  }
}
