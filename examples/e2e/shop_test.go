package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"testing"
	"time"
)

// binary is the shop, built once.
var binary = sync.OnceValues(func() (string, error) {
	path := filepath.Join(scratch, "shop")
	args := []string{"build", "-o", path}
	if raceDetector {
		args = append(args, "-race")
	}
	build := exec.Command("go", append(args, ".")...)
	build.Dir = filepath.Join("..", "shop") // which is of another module
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the shop: %w\n%s", err, out)
	}
	return path, nil
})

// shop is one running shop, which keeps everything in memory.
type shop struct {
	url string // http://127.0.0.1:port
}

// output collects what a process prints.
type output struct {
	mu  sync.Mutex
	all bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.all.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.all.String()
}

var (
	listening = regexp.MustCompile(`(?m)^listening on (http://\S+)$`)
	accident  = regexp.MustCompile(`(?s)(WARNING: DATA RACE|panic: |panic serving|fatal error: ).*`)
)

// open starts a shop, which ends with the test. What it must not print fails it.
func open(t *testing.T, flags ...string) *shop {
	t.Helper()
	needBrowser(t) // without which there is no use for a shop
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, append([]string{"-addr", "127.0.0.1:0", "-data", ""}, flags...)...)
	printed := &output{}
	cmd.Stdout, cmd.Stderr = printed, printed
	cmd.WaitDelay = 5 * time.Second
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=0") // default: a second
	if err := startWithParent(cmd); err != nil {
		t.Fatalf("start the shop: %v", err)
	}
	exited := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(exited)
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		select {
		case <-exited:
		case <-time.After(patience):
			t.Error("the shop did not end after an interrupt")
			_ = cmd.Process.Kill()
			<-exited
		}
		if found := accident.FindString(printed.String()); found != "" {
			t.Errorf("the shop had an accident:\n%s", found)
		} else if t.Failed() {
			t.Logf("the shop said:\n%s", printed)
		}
	})
	s := &shop{}
	eventually(t, "the shop listens", func() error {
		if m := listening.FindStringSubmatch(printed.String()); m != nil {
			s.url = m[1]
			return nil
		}
		select {
		case <-exited:
			t.Fatalf("the shop ended at its start:\n%s", printed)
		default:
		}
		return errors.New("not yet")
	})
	return s
}
