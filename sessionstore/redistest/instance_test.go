package redistest

import (
	"context"
	"errors"
	"net"
	"testing"
)

// Losing a port between finding it free and binding it is rare but certain to
// happen some day. Here it always happens first.
func TestLaunchTriesOtherPorts(t *testing.T) {
	t.Parallel()
	other, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { other.Close() })
	taken := other.Addr().(*net.TCPAddr).Port

	for name, test := range map[string]struct {
		cluster bool
		lost    int // which of the ports picked is taken
	}{
		"port":     {lost: 1},
		"bus port": {cluster: true, lost: 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			picked := 0
			in, err := launch(t.Context(), spec{
				binary:   findBinary(t),
				dir:      t.TempDir(),
				settings: newSettings(),
				cluster:  test.cluster,
				pickPort: func(ctx context.Context) (int, error) {
					if picked++; picked == test.lost {
						return taken, nil
					}
					return freePort(ctx)
				},
			})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := in.kill(); err != nil {
					t.Error(err)
				}
			})
			if in.port == taken || in.busPort == taken || picked == test.lost {
				t.Errorf("serving on %d and %d after %d picks; %d was taken", in.port, in.busPort, picked, taken)
			}
		})
	}
}

// A server that listens on the port, but is not the one that was started, must
// not pass for it.
func TestLaunchIsNotFooledByAnotherServer(t *testing.T) {
	t.Parallel()
	other := Single(t)
	_, err := launch(t.Context(), spec{
		binary:   findBinary(t),
		dir:      t.TempDir(),
		settings: newSettings(),
		pickPort: func(context.Context) (int, error) { return other.instance.port, nil },
	})
	if !errors.Is(err, errPortTaken) {
		t.Fatalf("launch on the port of another server: %v; want %v", err, errPortTaken)
	}
	if err := probe(t.Context(), other.Addr(), 1); err == nil {
		t.Fatal("probe took another process for the one it looked for")
	}
}
