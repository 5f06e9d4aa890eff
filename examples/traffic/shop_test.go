package main

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// shopBinary builds the shop, once.
var shopBinary = sync.OnceValues(func() (string, error) {
	// The go command takes what a test looks at for its input; else it would repeat an
	// old result after the shop changed.
	for _, dir := range []string{"analytics", "sessionstore", "middleware", "examples/shop"} {
		err := filepath.WalkDir(filepath.Join("../..", dir), func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && !strings.HasSuffix(path, "_test.go") {
				_, _ = os.Stat(path) // a temporary file may be gone by now
			}
			return nil
		})
		if err != nil {
			return "", err
		}
	}
	dir, err := os.MkdirTemp("", "traffic")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "shop")
	out, err := exec.Command("go", "build", "-o", path, "github.com/sojourn-go/sojourn/examples/shop").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build the shop: %w\n%s", err, out)
	}
	return path, nil
})

func TestMain(m *testing.M) {
	flag.Parse()
	// The tests wait for visits to end, not for a processor.
	if err := flag.Set("test.parallel", "6"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	if path, err := shopBinary(); err == nil {
		_ = os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(code)
}

// startShop starts a shop on a free port, and returns its address. It ends with the
// test.
func startShop(t *testing.T, flags ...string) string {
	t.Helper()
	binary, err := shopBinary()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(binary, append([]string{"-addr", "127.0.0.1:0"}, flags...)...)
	cmd.Dir = t.TempDir()
	cmd.WaitDelay = 5 * time.Second
	var log bytes.Buffer
	cmd.Stderr = &log
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	endWithParent(cmd)
	started, exited := make(chan error, 1), make(chan struct{})
	address := make(chan string, 1)
	go func() {
		runtime.LockOSThread() // until the shop has ended, see endWithParent
		err := cmd.Start()
		started <- err
		if err == nil {
			line, _ := bufio.NewReader(stdout).ReadString('\n')
			address <- strings.TrimSpace(strings.TrimPrefix(line, "listening on "))
			_ = cmd.Wait()
		}
		close(exited)
	}()
	if err := <-started; err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		<-exited
		if t.Failed() {
			t.Logf("the shop said:\n%s", &log)
		}
	})
	a := <-address
	if !strings.HasPrefix(a, "http://") {
		<-exited
		t.Fatalf("the shop did not start:\n%s", &log)
	}
	return a
}
