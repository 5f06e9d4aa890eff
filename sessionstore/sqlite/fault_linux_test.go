package sqlite_test

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/sojourn-go/sojourn/sessionstore/sqlite"
)

// A file that can only be read is refused when it is opened.
func TestOpen_readOnly(t *testing.T) {
	dir := smallDisk(t, "2m")
	path := filepath.Join(dir, "sessions.db")
	if err := open(t, path, sqlite.Options{}).Close(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{path, filepath.Join(dir, "another.db")} {
		if err := syscall.Mount("", dir, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
			t.Skipf("no file system can be made read-only: %v", err)
		}
		s, err := sqlite.Open(name, sqlite.Options{})
		if err == nil {
			s.Close()
		}
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("Open of %s on a read-only disk = %v, want an error that names it", name, err)
		}
	}
}

// smallDisk mounts a file system of the given size, for who may.
func smallDisk(t *testing.T, size string) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		t.Skipf("no file system can be mounted: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}
