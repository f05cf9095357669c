import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendCallback;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.message.Message;

/**
 * The official Java client under load: JavaPeer async|batch ADDRESS TOPIC MESSAGES WARM_UP BODY_BYTES WINDOW. Prints its
 * cost as one line of JSON.
 */
public class JavaPeer {
    private static final int BATCH = 32;
    private static final int MESSAGES_PER_SAMPLE = 16;

    private final String topic;
    private final byte[] body;
    private final int warmUp;
    private final int end;
    private final double[] latencies;
    private final AtomicInteger settled = new AtomicInteger();
    private final AtomicInteger sampled = new AtomicInteger();
    private final CountDownLatch all;
    private volatile Throwable failure;
    private volatile long cpuAtStart;
    private volatile long startedAt;
    private volatile long cpuNanos;
    private volatile long nanos;

    private JavaPeer(String topic, int messages, int warmUp, int bodyBytes, int window) {
        this.topic = topic;
        this.body = new byte[bodyBytes];
        Arrays.fill(this.body, (byte) 'x');
        this.warmUp = warmUp;
        this.end = warmUp + messages;
        this.latencies = new double[messages];
        this.all = new CountDownLatch(warmUp + messages + window);
    }

    public static void main(String[] args) throws Exception {
        int messages = Integer.parseInt(args[3]);
        int warmUp = Integer.parseInt(args[4]);
        int window = Integer.parseInt(args[6]);
        JavaPeer peer = new JavaPeer(args[2], messages, warmUp, Integer.parseInt(args[5]), window);
        DefaultMQProducer producer = new DefaultMQProducer("bench");
        producer.setNamesrvAddr(args[1]);
        producer.setSendMsgTimeout(30_000);
        producer.start();
        boolean inBatches = args[0].equals("batch");
        peer.send(producer, inBatches ? BATCH : 1, warmUp + messages + window, window);
        producer.shutdown();
        if (peer.failure != null) {
            peer.failure.printStackTrace();
            System.exit(1);
        }
        System.out.println(peer.cost(messages));
        System.exit(0);
    }

    private void send(DefaultMQProducer producer, int size, int total, int window) throws Exception {
        Semaphore slots = new Semaphore(window);
        for (int sent = 0; sent < total && failure == null; sent += size) {
            int count = Math.min(size, total - sent);
            slots.acquire(count);
            long sentAt = sent % MESSAGES_PER_SAMPLE == 0 ? System.nanoTime() : 0;
            SendCallback callback = new SendCallback() {
                @Override
                public void onSuccess(SendResult result) {
                    slots.release(count);
                    for (int n = 0; n < count; n++) settled(n == 0 ? sentAt : 0);
                }

                @Override
                public void onException(Throwable error) {
                    failure = error;
                    slots.release(count);
                    for (int n = 0; n < count; n++) all.countDown();
                }
            };
            if (size == 1) producer.send(message(), callback);
            else producer.send(messages(count), callback);
        }
        if (failure == null) all.await();
    }

    private Message message() {
        Message message = new Message(topic, "tag", "key", body);
        message.putUserProperty("city", "Basel");
        return message;
    }

    private List<Message> messages(int count) {
        List<Message> messages = new ArrayList<>(count);
        for (int n = 0; n < count; n++) messages.add(message());
        return messages;
    }

    private void settled(long sentAt) {
        int count = settled.incrementAndGet();
        long now = System.nanoTime();
        if (sentAt != 0 && count > warmUp && count <= end) latencies[sampled.getAndIncrement()] = (now - sentAt) / 1e6;
        if (count == warmUp) {
            startedAt = now;
            cpuAtStart = cpuTime();
        } else if (count == end) {
            cpuNanos = cpuTime() - cpuAtStart;
            nanos = now - startedAt;
        }
        all.countDown();
    }

    private String cost(int messages) {
        double[] sorted = Arrays.copyOf(latencies, sampled.get());
        Arrays.sort(sorted);
        return String.format(java.util.Locale.ROOT, "{\"cpuMicros\":%f,\"perSecond\":%f,\"p50Ms\":%f,\"p99Ms\":%f}",
            cpuNanos / 1e3 / messages, messages / (nanos / 1e9), quantile(sorted, 0.5), quantile(sorted, 0.99));
    }

    private static double quantile(double[] sorted, double part) {
        return sorted[Math.min(sorted.length - 1, (int) (sorted.length * part))];
    }

    /** User and system time of the whole process, its compiler and its collector included. */
    private static long cpuTime() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime();
    }
}
