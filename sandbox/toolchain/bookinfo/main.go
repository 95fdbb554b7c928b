// Command bookinfo is any service of an application of the Bookinfo kind: it answers with its name, version and cluster, and with
// the answers of the services that it calls. SERVICE, VERSION and CLUSTER say who it is, CALLS whom it calls (a comma between two).
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

const port = ":9080"

// Who is asking must reach every service behind the first, and so must what ties a trace together.
var passedOn = []string{"end-user", "x-request-id", "traceparent", "tracestate"}

// answer is what a service says of itself, and what it was told by those it called.
type answer struct {
	Service string            `json:"service"`
	Version string            `json:"version"`
	Cluster string            `json:"cluster"`
	Calls   []json.RawMessage `json:"calls,omitempty"`
}

var client = &http.Client{Timeout: 5 * time.Second}

func call(from *http.Request, service string) (json.RawMessage, error) {
	to, err := http.NewRequestWithContext(from.Context(), http.MethodGet, "http://"+service+port+"/"+service, nil)
	if err != nil {
		return nil, err
	}
	for _, name := range passedOn {
		if value := from.Header.Get(name); value != "" {
			to.Header.Set(name, value)
		}
	}
	response, err := client.Do(to)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answered %d: %s", service, response.StatusCode, strings.TrimSpace(string(body)))
	}
	return body, nil
}

func main() {
	self := answer{Service: os.Getenv("SERVICE"), Version: os.Getenv("VERSION"), Cluster: os.Getenv("CLUSTER")}
	calls := strings.FieldsFunc(os.Getenv("CALLS"), func(char rune) bool { return char == ',' })
	http.HandleFunc("GET /healthz", func(http.ResponseWriter, *http.Request) {})
	http.HandleFunc("GET /"+self.Service, func(writer http.ResponseWriter, request *http.Request) {
		reply := self
		for _, service := range calls {
			told, err := call(request, service)
			if err != nil {
				http.Error(writer, err.Error(), http.StatusBadGateway)
				return
			}
			reply.Calls = append(reply.Calls, told)
		}
		writer.Header().Set("content-type", "application/json")
		if err := json.NewEncoder(writer).Encode(reply); err != nil {
			log.Print(err)
		}
	})
	server := &http.Server{Addr: port, ReadHeaderTimeout: 5 * time.Second}
	stopped, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	go func() {
		<-stopped.Done()
		if err := server.Shutdown(context.Background()); err != nil {
			log.Print(err)
		}
	}()
	if err := server.ListenAndServe(); err != http.ErrServerClosed {
		log.Fatal(err)
	}
}
