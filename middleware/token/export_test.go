package token

import (
	"crypto/sha256"
	"testing"
)

// Materials returns a private key for each algorithm, those of RFC 7515 and RFC
// 8037. What is signed by them proves nothing to anyone.
func Materials(t testing.TB) map[Algorithm]any {
	t.Helper()
	return map[Algorithm]any{
		EdDSA: rfc8037Ed(t),
		ES256: rfc7515EC(t),
		RS256: rfc7515RSA(t),
		HS256: rfc7515HMAC(t),
	}
}

// CacheLen returns how many tokens a verifier remembers.
func (v *Verifier) CacheLen() (n int) {
	for i := range v.cache.shards {
		s := &v.cache.shards[i]
		s.mu.RLock()
		n += len(s.young) + len(s.old)
		s.mu.RUnlock()
	}
	return n
}

// CacheHas reports whether a verifier remembers a token.
func (v *Verifier) CacheHas(raw string) bool {
	k := sha256.Sum256([]byte(raw))
	s := v.cache.shard(&k)
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.young[k] != nil
}

// MaxToken is how long a token may be, in bytes.
const MaxToken = maxToken
