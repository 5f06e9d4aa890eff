package redistest

import (
	"strings"
	"sync"
)

// logBuffer collects what a server prints, over all its restarts.
type logBuffer struct {
	mu   sync.Mutex
	text strings.Builder
}

// Write appends p. It never fails.
func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

// len returns the number of bytes written so far.
func (b *logBuffer) len() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Len()
}

// since returns what was written after the first n bytes.
func (b *logBuffer) since(n int) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()[n:]
}
