// The Go client under load: peer ADDRESS TOPIC MESSAGES WARM_UP BODY_BYTES WINDOW. Prints its cost as one line of JSON.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"sort"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/apache/rocketmq-client-go/v2"
	"github.com/apache/rocketmq-client-go/v2/primitive"
	"github.com/apache/rocketmq-client-go/v2/producer"
	"github.com/apache/rocketmq-client-go/v2/rlog"
)

const messagesPerSample = 16

func main() {
	address, topic := os.Args[1], os.Args[2]
	messages, warmUp, bodyBytes, window := number(3), number(4), number(5), number(6)
	rlog.SetLogLevel("error")
	client, err := rocketmq.NewProducer(
		producer.WithNsResolver(primitive.NewPassthroughResolver([]string{address})),
		producer.WithGroupName("bench"),
	)
	check(err)
	check(client.Start())

	body := bytes.Repeat([]byte("x"), bodyBytes)
	total, end := warmUp+messages+window, int64(warmUp+messages)
	slots := make(chan struct{}, window)
	var all sync.WaitGroup
	var settled int64
	var mutex sync.Mutex
	latencies := make([]float64, 0, messages)
	var startedAt time.Time
	var cpuAtStart, cpu, elapsed time.Duration

	all.Add(total)
	for sent := 0; sent < total; sent++ {
		slots <- struct{}{}
		var sentAt time.Time
		if sent%messagesPerSample == 0 {
			sentAt = time.Now()
		}
		message := primitive.NewMessage(topic, body).WithTag("tag").WithKeys([]string{"key"})
		message.WithProperty("city", "Basel")
		check(client.SendAsync(context.Background(), func(_ context.Context, _ *primitive.SendResult, err error) {
			check(err)
			count := atomic.AddInt64(&settled, 1)
			if !sentAt.IsZero() && count > int64(warmUp) && count <= end {
				mutex.Lock()
				latencies = append(latencies, float64(time.Since(sentAt).Nanoseconds())/1e6)
				mutex.Unlock()
			}
			if count == int64(warmUp) {
				startedAt, cpuAtStart = time.Now(), cpuTime()
			} else if count == end {
				cpu, elapsed = cpuTime()-cpuAtStart, time.Since(startedAt)
			}
			<-slots
			all.Done()
		}, message))
	}
	all.Wait()
	check(client.Shutdown())

	sort.Float64s(latencies)
	quantile := func(part float64) float64 { return latencies[min(len(latencies)-1, int(float64(len(latencies))*part))] }
	check(json.NewEncoder(os.Stdout).Encode(map[string]float64{
		"cpuMicros": float64(cpu.Nanoseconds()) / 1e3 / float64(messages),
		"perSecond": float64(messages) / elapsed.Seconds(),
		"p50Ms":     quantile(0.5),
		"p99Ms":     quantile(0.99),
	}))
}

func number(at int) int {
	value, err := strconv.Atoi(os.Args[at])
	check(err)
	return value
}

// cpuTime is the user and system time of the whole process.
func cpuTime() time.Duration {
	var usage syscall.Rusage
	check(syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
