package main

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestAnswers(t *testing.T) {
	for _, c := range []struct {
		sentence, method, path string
		status                 int
	}{
		{"the health check answers", "GET", "/health", http.StatusOK},
		{"the root names service and version", "GET", "/", http.StatusOK},
		{"an unknown path is not found", "GET", "/admin", http.StatusNotFound},
		{"the health check is read only", "POST", "/health", http.StatusMethodNotAllowed},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			request := httptest.NewRequest(c.method, c.path, nil)
			response := httptest.NewRecorder()
			routes().ServeHTTP(response, request)
			if response.Code != c.status {
				t.Errorf("%s %s: got %d, want %d", c.method, c.path, response.Code, c.status)
			}
		})
	}
}
