package redistest_test

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/sessionstore/redistest"
)

const orphanEnv = "REDISTEST_ORPHANS"

// TestNothingIsLeftBehind runs this test again in a binary that starts servers
// and is then killed, with no chance to clean up.
func TestNothingIsLeftBehind(t *testing.T) {
	if os.Getenv(orphanEnv) != "" {
		leaveOrphans(t)
		return
	}
	t.Parallel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, "-test.run=^TestNothingIsLeftBehind$")
	cmd.Env = append(os.Environ(), orphanEnv+"=1", "TMPDIR="+t.TempDir())
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}

	var addrs []string
	for lines := bufio.NewScanner(stdout); len(addrs) == 0 && lines.Scan(); {
		if list, ok := strings.CutPrefix(lines.Text(), "listening: "); ok {
			addrs = strings.Fields(list)
		}
	}
	if len(addrs) != 2 {
		t.Errorf("servers on %v; want two", addrs)
	}
	cmd.Process.Kill()
	cmd.Wait()

	for _, addr := range addrs {
		waitUntilRefused(t, addr)
	}
}

func leaveOrphans(t *testing.T) {
	fmt.Println("listening:", redistest.Single(t).Addr(), redistest.Shared(t).Addr())
	<-t.Context().Done() // until killed
}

func waitUntilRefused(t *testing.T, addr string) {
	t.Helper()
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); <-ticker.C {
		conn, err := net.DialTimeout("tcp", addr, time.Second)
		if err != nil {
			return
		}
		conn.Close()
	}
	t.Errorf("the server on %s outlived the process that started it", addr)
}
