package middleware

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

const (
	maxForwardedHops = 32 // looked at, from the right
	maxForwardedHop  = 64 // bytes of one: an IPv6 address, port, white space
)

// clientAddress returns the address of the client: the peer's, unless the peer
// is a trusted proxy. Then X-Forwarded-For is read from right to left, from the
// hop that a trusted proxy wrote down to the first that is not trusted itself;
// what stands left of that one anybody may have written. The walk ends at
// anything that is not an address, and after 32 hops. The result is an IPv4
// address where it is one mapped into IPv6, and has no zone; it is the zero Addr
// if the peer has none (a Unix socket).
func clientAddress(r *http.Request, trusted []netip.Prefix) netip.Addr {
	addr, ok := parseHop(r.RemoteAddr)
	if !ok || !trusts(trusted, addr) {
		return addr
	}
	hops := 0
	for _, line := range slices.Backward(r.Header["X-Forwarded-For"]) {
		for more := true; more; hops++ {
			var hop string
			line, hop, more = cutLastHop(line)
			next, ok := parseHop(hop)
			if !ok || hops == maxForwardedHops {
				return addr
			}
			if addr = next; !trusts(trusted, addr) {
				return addr
			}
		}
	}
	return addr
}

// cutLastHop returns what stands after the last comma of line, and what stands
// before it if there is a comma. It looks no further back than a hop is long; a
// longer one comes back as the empty string, which is no address.
func cutLastHop(line string) (rest, hop string, more bool) {
	start := max(len(line)-maxForwardedHop-1, 0)
	i := strings.LastIndexByte(line[start:], ',')
	switch {
	case i >= 0:
		return line[:start+i], line[start+i+1:], true
	case start > 0:
		return "", "", false
	default:
		return "", line, false
	}
}

// parseHop reads an address, with a port or without.
func parseHop(s string) (netip.Addr, bool) {
	s = strings.Trim(s, " \t")
	addr, err := netip.ParseAddr(s)
	if err != nil {
		if inner, ok := strings.CutPrefix(s, "["); ok && strings.HasSuffix(inner, "]") {
			addr, err = netip.ParseAddr(strings.TrimSuffix(inner, "]"))
		} else {
			var ap netip.AddrPort
			ap, err = netip.ParseAddrPort(s)
			addr = ap.Addr()
		}
	}
	if err != nil {
		return netip.Addr{}, false
	}
	return addr.Unmap().WithZone(""), true
}

func trusts(trusted []netip.Prefix, addr netip.Addr) bool {
	return slices.ContainsFunc(trusted, func(p netip.Prefix) bool { return p.Contains(addr) })
}
