package campaign

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The headers of a webhook's request.
const (
	headerID        = "Webhook-Id"
	headerTimestamp = "Webhook-Timestamp"
	headerSignature = "Webhook-Signature"
)

const (
	defaultTolerance = 5 * time.Minute

	// maxSignatures is how many signatures of a request are looked at: more is
	// nobody's rotation.
	maxSignatures = 16
)

// mac returns the signature of a request's content (Standard Webhooks 1.0.0,
// "Signature scheme").
func (s Secret) mac(id, timestamp string, body []byte) []byte {
	h := hmac.New(sha256.New, s.key())
	h.Write([]byte(id + "." + timestamp + "."))
	h.Write(body)
	return h.Sum(nil)
}

// sign returns the header with the signatures of all secrets, so that a receiver
// which has one of them can verify it.
func sign(secrets []Secret, id, timestamp string, body []byte) string {
	signatures := make([]string, len(secrets))
	for i, s := range secrets {
		signatures[i] = "v1," + base64.StdEncoding.EncodeToString(s.mac(id, timestamp, body))
	}
	return strings.Join(signatures, " ")
}

// Verify reports whether a request was signed with one of the secrets, for
// receivers of a [Webhook]: with its header and its body as it came, byte for
// byte. It must have been sent within tolerance of now; 0 stands for 5 minutes.
// The error wraps [ErrSignature].
//
// Within that time a request can be repeated, by who read it on its way as by the
// sender, and later the sender may send the same occasion anew. A receiver that
// must not act twice keeps the header webhook-id, which is the ID of the occasion,
// for as long as the sender's Options.MaxAge.
func Verify(secrets []Secret, header http.Header, body []byte, now time.Time, tolerance time.Duration) error {
	if tolerance <= 0 {
		tolerance = defaultTolerance
	}
	for _, name := range []string{headerID, headerTimestamp, headerSignature} {
		if n := len(header.Values(name)); n != 1 {
			return fmt.Errorf("%w: %d headers %s", ErrSignature, n, strings.ToLower(name))
		}
	}
	id, timestamp := header.Get(headerID), header.Get(headerTimestamp)
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if id == "" || err != nil || strconv.FormatInt(seconds, 10) != timestamp {
		return fmt.Errorf("%w: malformed header", ErrSignature)
	}
	if sent := time.Unix(seconds, 0); sent.Before(now.Add(-tolerance)) || sent.After(now.Add(tolerance)) {
		return fmt.Errorf("%w: sent more than %v before or after now", ErrSignature, tolerance)
	}
	signatures := strings.Fields(header.Get(headerSignature))
	signatures = signatures[:min(len(signatures), maxSignatures)]
	for _, s := range secrets {
		if s.key == nil {
			continue
		}
		mac := s.mac(id, timestamp, body)
		for _, text := range signatures {
			encoded, isV1 := strings.CutPrefix(text, "v1,")
			signature, err := base64.StdEncoding.DecodeString(encoded)
			if isV1 && err == nil && hmac.Equal(signature, mac) {
				return nil
			}
		}
	}
	return fmt.Errorf("%w: no signature matches", ErrSignature)
}
