package sqlite_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/sojourn-go/sojourn/sessionstore/sqlite"
)

func ExampleOpen() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)

	store, err := sqlite.Open(filepath.Join(dir, "sessions.db"), sqlite.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer store.Close()

	// The store goes into a middleware.Config. A backup can be taken at any time.
	if err := store.Backup(context.Background(), filepath.Join(dir, "backup.db")); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("backed up")
	// Output: backed up
}
