package acceptance

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

const shopPackage = "github.com/sojourn-go/sojourn/examples/shop"

// binaries is where the shop is built. It is set before the first test.
var binaries string

func TestMain(m *testing.M) {
	flag.Parse()
	// The tests that run in parallel wait for limits to pass, not for a processor.
	if f := flag.Lookup("test.parallel"); f != nil && !given("test.parallel") {
		_ = f.Value.Set("6")
	}
	dir, err := os.MkdirTemp("", "acceptance")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	binaries = dir
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// lookAtSources looks at all that the shop is built from. The go command takes
// what a test looks at for its input; without that it would not know that this
// one depends on the shop, and repeat an old result after it changed. It listens
// while tests run, which is not yet the case in TestMain.
func lookAtSources() error {
	var errs []error
	for _, dir := range []string{"analytics", "sessionstore", "middleware", "examples/shop"} {
		errs = append(errs, filepath.WalkDir(filepath.Join("../../..", dir), func(path string, _ fs.DirEntry, err error) error {
			if err == nil {
				_, err = os.Stat(path)
			}
			if errors.Is(err, fs.ErrNotExist) {
				return nil // it was somebody's temporary file
			}
			return err
		}))
	}
	return errors.Join(errs...)
}

func given(name string) bool {
	found := false
	flag.Visit(func(f *flag.Flag) { found = found || f.Name == name })
	return found
}

// The shop is built once: like the test binary, and for floods without the race
// detector, which would only make them slow.
var (
	shopBinary  = sync.OnceValues(func() (string, error) { return build("shop", raceDetector) })
	plainBinary = sync.OnceValues(func() (string, error) {
		if !raceDetector {
			return shopBinary()
		}
		return build("shop-plain", false)
	})
)

// build builds the shop and returns its path.
func build(name string, race bool) (string, error) {
	if err := lookAtSources(); err != nil {
		return "", err
	}
	path := filepath.Join(binaries, name)
	args := []string{"build", "-o", path}
	if race {
		args = append(args, "-race")
	}
	if out, err := exec.Command("go", append(args, shopPackage)...).CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the shop: %w\n%s", err, out)
	}
	return path, nil
}

// defaultSoak is short, for the many times that all tests are run.
const defaultSoak = 8 * time.Second

// soakTime is how long soaks take.
func soakTime(t *testing.T) time.Duration {
	t.Helper()
	text := os.Getenv("SOJOURN_SOAK")
	if text == "" {
		return defaultSoak
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		t.Fatalf("SOJOURN_SOAK=%q is not a duration such as 60s", text)
	}
	return d
}
