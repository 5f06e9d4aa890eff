//go:build !linux

package sqlite_test

import "testing"

func smallDisk(t *testing.T, _ string) string {
	t.Helper()
	t.Skip("no file system can be mounted")
	return ""
}
