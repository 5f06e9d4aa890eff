package setup

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// TestKeyFile has instances that start together, and one that starts later, sign
// with the same key.
func TestKeyFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "key.pem")
	ders := make([][]byte, 20)
	var wg sync.WaitGroup
	for i := range ders {
		wg.Go(func() {
			var err error
			if ders[i], err = readKey(file, "EdDSA"); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	later, err := readKey(file, "EdDSA")
	if err != nil {
		t.Fatal(err)
	}
	for _, der := range ders {
		if string(der) != string(later) {
			t.Fatal("another key")
		}
	}
	entries, err := os.ReadDir(filepath.Dir(file))
	if err != nil || len(entries) != 1 {
		t.Fatalf("%d files, want 1: %v", len(entries), err)
	}
	if info, err := entries[0].Info(); err != nil || info.Mode() != 0o600 {
		t.Errorf("mode %v, want 0600: %v", info.Mode(), err)
	}
	if _, _, err := loadKeys(file, "ES256"); err == nil || !strings.Contains(err.Error(), "EdDSA") {
		t.Errorf("as a key of another kind: %v", err)
	}
}

func TestBadKeyFile(t *testing.T) {
	for name, text := range map[string]string{
		"nothing":      "",
		"no PEM":       "topsecret",
		"another type": "-----BEGIN EC PRIVATE KEY-----\ndG9wc2VjcmV0\n-----END EC PRIVATE KEY-----\n",
		"no PKCS #8":   "-----BEGIN PRIVATE KEY-----\ndG9wc2VjcmV0\n-----END PRIVATE KEY-----\n",
	} {
		file := filepath.Join(t.TempDir(), "key.pem")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, _, err := loadKeys(file, "EdDSA"); err == nil || strings.Contains(err.Error(), "topsecret") {
			t.Errorf("%s: error %v", name, err)
		}
		if after, err := os.ReadFile(file); err != nil || string(after) != text {
			t.Errorf("%s: the file was altered: %v", name, err)
		}
	}
}
