package token

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// verifySigned makes the checks that need nothing but the proof: numbers 2, 4,
// 5, 6 and 7. The key decides the algorithm, the header has to agree.
func verifySigned(raw string) (claims members, thumbprint string, err error) {
	parts, err := takeApart(raw, proofParameters)
	if err != nil {
		return nil, "", err
	}
	if typ, err := parts.header.text("typ"); err != nil || typ != proofType {
		return nil, "", errors.New("typ is not dpop+jwt")
	}
	var key members
	if err := json.Unmarshal(parts.header["jwk"], &key); err != nil {
		return nil, "", errors.New("jwk is missing or not an object")
	}
	alg, public, err := key.public()
	if err != nil {
		return nil, "", fmt.Errorf("jwk: %w", err)
	}
	if said, err := parts.header.text("alg"); err != nil || said != string(alg) {
		return nil, "", errors.New("alg is not that of the key")
	}
	dot := strings.LastIndexByte(raw, '.')
	signature, err := decode(raw[dot+1:])
	if err != nil {
		return nil, "", errors.New("signature is not base64url")
	}
	if method(alg).Verify(raw[:dot], signature, public) != nil {
		return nil, "", errors.New("signature does not verify")
	}
	if thumbprint, err = Thumbprint(public); err != nil {
		return nil, "", err
	}
	err = json.Unmarshal(parts.claims, &claims)
	return claims, thumbprint, err
}

// proofParameters allows parameters that are not known (RFC 7515 §4, RFC 9449
// §4.2), but not the registered ones that name another key, demand to be
// understood, or change what is signed.
func proofParameters(parameter string) bool {
	switch parameter {
	case "b64", "crit", "jku", "kid", "x5c", "x5t", "x5t#S256", "x5u", "zip":
		return false
	}
	return true
}

// match makes the checks that compare claims with the request: numbers 3 and 8
// to 12. The nonce comes last, so that ErrNonce means that a new one will do.
func (r ProofRequest) match(claims members, thumbprint string, now time.Time) (Proof, error) {
	p := Proof{Thumbprint: thumbprint}
	var err error
	if p.ID, err = claims.text("jti"); err != nil {
		return Proof{}, err
	}
	if len(p.ID) == 0 || len(p.ID) > maxProofID {
		return Proof{}, fmt.Errorf("jti has not 1 to %d bytes", maxProofID)
	}
	if htm, err := claims.text("htm"); err != nil || htm != r.Method {
		return Proof{}, errors.New("htm is not the method")
	}
	htu, err := r.matchTarget(claims)
	if err != nil {
		return Proof{}, err
	}
	if p.IssuedAt, err = r.matchTimes(claims, now); err != nil {
		return Proof{}, err
	}
	if err := r.matchToken(claims, thumbprint); err != nil {
		return Proof{}, err
	}
	sum := sha256.Sum256([]byte(thumbprint + htu + " " + p.ID)) // neither of the first two has a space
	p.word = strict.EncodeToString(sum[:16])
	p.keep = r.MaxAge + r.MaxAhead + 2*clockSkew
	if r.Nonces == nil {
		return p, nil
	}
	if p.Nonce, err = claims.text("nonce"); err != nil || !r.Nonces.Valid(p.Nonce, now) {
		return Proof{}, ErrNonce
	}
	p.keep = min(p.keep, nonceLife+2*clockSkew)
	return p, nil
}

func (r ProofRequest) matchTarget(claims members) (string, error) {
	htu, err := claims.text("htu")
	if err != nil {
		return "", err
	}
	if htu, err = targetOf(htu); err != nil {
		return "", fmt.Errorf("htu: %w", err)
	}
	here, err := target(r.URL)
	if err != nil {
		return "", fmt.Errorf("the request: %w", err)
	}
	if htu != here {
		return "", errors.New("htu is not the URL")
	}
	return htu, nil
}

func (r ProofRequest) matchTimes(claims members, now time.Time) (time.Time, error) {
	ahead := now.Add(r.MaxAhead)
	iat, err := claims.seconds("iat")
	if err != nil {
		return time.Time{}, err
	}
	if iat.Before(now.Add(-r.MaxAge)) || iat.After(ahead) {
		return time.Time{}, errors.New("iat is too far from now")
	}
	if _, ok := claims["exp"]; ok {
		if exp, err := claims.seconds("exp"); err != nil || !now.Before(exp) {
			return time.Time{}, errors.New("exp has passed")
		}
	}
	if _, ok := claims["nbf"]; ok {
		if nbf, err := claims.seconds("nbf"); err != nil || nbf.After(ahead) {
			return time.Time{}, errors.New("nbf has not come")
		}
	}
	return iat, nil
}

func (r ProofRequest) matchToken(claims members, thumbprint string) error {
	if r.AccessToken == "" {
		if _, ok := claims["ath"]; ok {
			return errors.New("ath without an access token")
		}
		if r.Thumbprint == "" {
			return nil
		}
	} else if ath, err := claims.text("ath"); err != nil ||
		subtle.ConstantTimeCompare([]byte(ath), []byte(tokenHash(r.AccessToken))) != 1 {
		return errors.New("ath is not the hash of the access token")
	}
	if subtle.ConstantTimeCompare([]byte(r.Thumbprint), []byte(thumbprint)) != 1 {
		return ErrBinding
	}
	return nil
}

// tokenHash is the ath of RFC 9449 §4.2.
func tokenHash(accessToken string) string {
	sum := sha256.Sum256([]byte(accessToken))
	return strict.EncodeToString(sum[:])
}

// seconds returns a member that must be a time in whole seconds since 1970. RFC
// 7519 §2 would have fractions too; one spelling of a time is enough.
func (m members) seconds(name string) (time.Time, error) {
	n, err := strconv.ParseInt(string(m[name]), 10, 64)
	if err != nil || n < 0 || n > maxProofTime {
		return time.Time{}, fmt.Errorf("%s is not a time in seconds", name)
	}
	return time.Unix(n, 0).UTC(), nil
}
