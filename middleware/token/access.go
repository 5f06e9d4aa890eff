package token

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// The bounds of what a token says.
const (
	maxText    = 512              // bytes of a claim
	maxMethods = 16               // values of amr
	maxLife    = 24 * time.Hour   // exp - iat
	maxLeeway  = 60 * time.Second // J4 of the project's checklist; ASVS 9.2.1
	maxSeconds = 253402300799     // the end of the year 9999
	maxEpoch   = 1<<53 - 1        // RFC 8259 §6: integers that all readers agree on
)

// Access is what an access token says (RFC 9068 §2.2). A text is UTF-8 of at
// most 512 bytes, without control characters and without U+FFFD, which stands
// for what could not be decoded. Times are in whole seconds.
type Access struct {
	Issuer   string // iss
	Subject  string // sub: the user
	Audience string // aud: the one resource server that the token is for
	ClientID string // client_id (RFC 8693 §4.3)
	ID       string // jti: the name of this token
	Session  string // sid: the ID of the session, 22 base64url characters

	// Epoch counts the changes of credential in the session: a token of an
	// earlier epoch is from before such a change. It is 0 or more. The claim is
	// sj_epoch, a private one (RFC 7519 §4.3).
	Epoch int64

	IssuedAt time.Time // iat
	Expires  time.Time // exp: after IssuedAt, by 24 h at most

	Authenticated time.Time // auth_time: when the user proved who they are; may be zero
	ACR           string    // acr: how well; may be empty
	AMR           []string  // amr: by what (RFC 8176), up to 16 values; may be empty

	// KeyThumbprint is the RFC 7638 thumbprint of the key that DPoP proofs must
	// be signed with (cnf.jkt, RFC 9449 §6.1). Empty: the token has no such key,
	// whoever bears it may use it.
	KeyThumbprint string
}

// claimError is what is wrong with claims, without a word of theirs.
type claimError string

func (e claimError) Error() string { return string(e) }

// Check returns what is wrong with a by itself, whoever verifies it and when:
// what [Keys.Sign] would refuse. The error names the claim and quotes nothing of it.
func (a Access) Check() error {
	for _, f := range []struct {
		name, text string
		optional   bool
	}{
		{"iss", a.Issuer, false},
		{"sub", a.Subject, false},
		{"aud", a.Audience, false},
		{"client_id", a.ClientID, false},
		{"jti", a.ID, false},
		{"acr", a.ACR, true},
	} {
		if (f.text != "" || !f.optional) && !plain(f.text) {
			return claimError(f.name + " is empty, too long or not plain text")
		}
	}
	if b, err := decode(a.Session); err != nil || len(b) != 16 {
		return claimError("sid is not 22 base64url characters")
	}
	if b, err := decode(a.KeyThumbprint); a.KeyThumbprint != "" && (err != nil || len(b) != 32) {
		return claimError("cnf.jkt is not 43 base64url characters")
	}
	if len(a.AMR) > maxMethods {
		return claimError("amr has too many values")
	}
	for _, s := range a.AMR {
		if !plain(s) {
			return claimError("a value of amr is empty, too long or not plain text")
		}
	}
	if a.Epoch < 0 || a.Epoch > maxEpoch {
		return claimError("sj_epoch is out of range")
	}
	return a.checkTimes()
}

func (a Access) checkTimes() error {
	iat, exp := a.IssuedAt.Unix(), a.Expires.Unix()
	if iat <= 0 || iat > maxSeconds || exp > maxSeconds {
		return claimError("a time is out of range")
	}
	if exp <= iat || exp-iat > int64(maxLife/time.Second) {
		return claimError("exp is not within 24 h after iat")
	}
	if a.Authenticated.IsZero() {
		return nil
	}
	// The two may come from the clocks of two machines.
	auth := a.Authenticated.Unix()
	if auth <= 0 || auth > iat+int64(maxLeeway/time.Second) {
		return claimError("auth_time is after iat")
	}
	return nil
}

// plain reports whether a claim is text that every reader understands the same
// way. U+FFFD stands for what a decoder could not read.
func plain(s string) bool {
	return s != "" && len(s) <= maxText && utf8.ValidString(s) &&
		!strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) || r == utf8.RuneError })
}

// confirmation is the cnf claim (RFC 7800 §3.1, RFC 9449 §6.1).
type confirmation struct {
	Thumbprint string `json:"jkt"`
}

// encode returns the claims as JSON. The order is that of the fields, so that
// there is one spelling.
func (a Access) encode() []byte {
	c := struct {
		Issuer        string        `json:"iss"`
		Subject       string        `json:"sub"`
		Audience      string        `json:"aud"`
		ClientID      string        `json:"client_id"`
		ID            string        `json:"jti"`
		Session       string        `json:"sid"`
		Epoch         int64         `json:"sj_epoch"`
		IssuedAt      int64         `json:"iat"`
		Expires       int64         `json:"exp"`
		Authenticated int64         `json:"auth_time,omitempty"`
		ACR           string        `json:"acr,omitempty"`
		AMR           []string      `json:"amr,omitempty"`
		Confirmation  *confirmation `json:"cnf,omitempty"`
	}{
		a.Issuer, a.Subject, a.Audience, a.ClientID, a.ID, a.Session, a.Epoch,
		a.IssuedAt.Unix(), a.Expires.Unix(), 0, a.ACR, a.AMR, nil,
	}
	if !a.Authenticated.IsZero() {
		c.Authenticated = a.Authenticated.Unix()
	}
	if a.KeyThumbprint != "" {
		c.Confirmation = &confirmation{a.KeyThumbprint}
	}
	text, err := json.Marshal(c)
	if err != nil {
		panic(fmt.Sprintf("token: %v", err)) // it consists of strings and integers
	}
	return text
}
