package campaign

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// The lengths of keys that Standard Webhooks allows, in bytes.
const (
	minKey = 24
	maxKey = 64
)

// Secret is a key that webhooks are signed with. However it is printed, it does not
// show the key. The zero Secret signs and verifies nothing.
type Secret struct {
	key func() []byte // a function, because fmt prints all that is not
}

// NewSecret returns a secret of 24 to 64 random bytes.
func NewSecret(key []byte) (Secret, error) {
	if len(key) < minKey || len(key) > maxKey {
		return Secret{}, fmt.Errorf("campaign: the secret of a webhook has %d bytes, must have %d to %d", len(key), minKey, maxKey)
	}
	key = slices.Clone(key)
	return Secret{key: func() []byte { return key }}, nil
}

// ParseSecret returns the secret that text stands for: base64 after "whsec_", as
// Standard Webhooks writes it, or without that prefix. What to make one with:
//
//	echo whsec_$(openssl rand -base64 32)
func ParseSecret(text string) (Secret, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(text, "whsec_"))
	if err != nil {
		return Secret{}, errors.New("campaign: the secret of a webhook is not base64")
	}
	return NewSecret(key)
}

// String says that it is a secret.
func (s Secret) String() string { return "campaign.Secret" }
