package redistest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"math/big"
	"net"
	"strconv"
)

// Ports come from below the range that Linux and the BSDs hand to outgoing
// connections: a client that redials a killed server could otherwise be given
// the server's own port as its local one, and Restart would find it taken.
const (
	lowestPort  = 10_000
	portCount   = 20_000
	portGuesses = 100
)

var errNoFreePort = errors.New("no free port found")

// freePort returns a loopback port that nothing listened on a moment ago.
// Another process may take it before it is used; see [launch].
func freePort(ctx context.Context) (int, error) {
	for range portGuesses {
		n, err := rand.Int(rand.Reader, big.NewInt(portCount))
		if err != nil {
			return 0, fmt.Errorf("guess a port: %w", err)
		}
		port := lowestPort + int(n.Int64())
		listener, err := new(net.ListenConfig).Listen(ctx, "tcp", loopback(port))
		if err != nil {
			continue
		}
		if err := listener.Close(); err != nil {
			return 0, fmt.Errorf("release port %d: %w", port, err)
		}
		return port, nil
	}
	return 0, errNoFreePort
}

func loopback(port int) string {
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
}
