package acceptance

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// instance is one running shop.
type instance struct {
	cmd    *exec.Cmd
	url    string // http://127.0.0.1:port
	log    *output
	exited chan struct{}
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

// tail returns the last lines, and what is behind the first sign of a crash.
func (o *output) tail() string {
	text := o.String()
	if bad := o.crash(); bad != "" {
		return bad
	}
	lines := strings.SplitAfter(text, "\n")
	return strings.Join(lines[max(0, len(lines)-40):], "")
}

// crash returns the report of a race or a panic, if there is one.
func (o *output) crash() string {
	text := o.String()
	for _, sign := range []string{"WARNING: DATA RACE", "panic: ", "panic serving", "fatal error: "} {
		if at := strings.Index(text, sign); at >= 0 {
			return text[at:min(len(text), at+6000)]
		}
	}
	return ""
}

var listening = regexp.MustCompile(`(?m)^listening on (http://\S+)$`)

// launch starts a shop on a free port and waits until it says that it is ready.
// The instance ends with the test.
func launch(t *testing.T, program func() (string, error), flags ...string) *instance {
	t.Helper()
	binary, err := program()
	if err != nil {
		t.Fatal(err)
	}
	args := append([]string{"-addr", "127.0.0.1:0"}, flags...)
	in := &instance{cmd: exec.Command(binary, args...), log: &output{}, exited: make(chan struct{})}
	stdout := &output{}
	in.cmd.Stdout, in.cmd.Stderr = io.MultiWriter(stdout, in.log), in.log
	in.cmd.WaitDelay = 5 * time.Second
	in.cmd.Dir = t.TempDir()
	in.cmd.Env = append(os.Environ(),
		"GORACE=atexit_sleep_ms=0", // default: a second
		"SHOP_WEBHOOK_SECRET="+webhookSecret,
	)
	if err := startWithParent(in.cmd); err != nil {
		t.Fatalf("start the shop: %v", err)
	}
	go func() {
		_ = in.cmd.Wait()
		close(in.exited)
	}()
	t.Cleanup(func() { in.stop(t) })
	eventually(t, "the shop prints `listening on http://HOST:PORT` once ready", func() error {
		if m := listening.FindStringSubmatch(stdout.String()); m != nil {
			in.url = m[1]
			return nil
		}
		select {
		case <-in.exited:
			t.Fatalf("shop %v ended at its start:\n%s", args, in.log)
		default:
		}
		return errors.New("not yet")
	})
	return in
}

// kill ends the process as kill -9 does.
func (in *instance) kill(t *testing.T) {
	t.Helper()
	if err := in.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Fatalf("kill the shop: %v", err)
	}
	<-in.exited
}

// stop asks the process to end, and looks at what it leaves behind.
func (in *instance) stop(t *testing.T) {
	t.Helper()
	_ = in.cmd.Process.Signal(os.Interrupt)
	select {
	case <-in.exited:
	case <-time.After(patience):
		t.Error("the shop did not end within the time allowed after an interrupt")
		in.kill(t)
	}
	if bad := in.log.crash(); bad != "" {
		t.Errorf("the shop on %s had an accident:\n%s", in.url, bad)
	} else if t.Failed() {
		t.Logf("last lines of the shop on %s %v:\n%s", in.url, in.cmd.Args[1:], in.log.tail())
	}
}
