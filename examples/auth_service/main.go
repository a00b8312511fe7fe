// auth-service is the smallest service that behaves well under ECS: it answers health checks, logs one JSON object a
// line, finishes the requests in flight when it is told to stop, and needs nothing but its own binary.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// version is set by the build: -ldflags "-X main.version=1.0.0".
var version = "unreleased"

// drainTimeout stays under the 30 s that ECS waits between SIGTERM and SIGKILL by default (ECS guide, "stopTimeout").
const drainTimeout = 20 * time.Second

const readHeaderTimeout = 5 * time.Second

func main() {
	log := slog.New(slog.NewJSONHandler(os.Stdout, nil)).With("version", version)
	if err := serve(log, address()); err != nil {
		log.Error("stopped", "error", err.Error())
		os.Exit(1)
	}
}

func address() string {
	if port := os.Getenv("PORT"); port != "" {
		return ":" + port
	}
	return ":8080"
}

func serve(log *slog.Logger, address string) error {
	stop, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer cancel()
	server := &http.Server{Addr: address, Handler: routes(), ReadHeaderTimeout: readHeaderTimeout}
	failed := make(chan error, 1)
	go func() { failed <- server.ListenAndServe() }()
	log.Info("listening", "address", address)
	select {
	case err := <-failed:
		return err
	case <-stop.Done():
	}
	log.Info("draining", "seconds", drainTimeout.Seconds())
	drain, done := context.WithTimeout(context.Background(), drainTimeout)
	defer done()
	if err := server.Shutdown(drain); !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return server.Close()
}

func routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /health", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, map[string]string{"status": "ok", "version": version})
	})
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, map[string]string{"service": "auth-service", "version": version})
	})
	return mux
}

func answer(w http.ResponseWriter, status int, body map[string]string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}
