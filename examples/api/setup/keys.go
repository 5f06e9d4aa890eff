package setup

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/sojourn-go/sojourn/middleware/token"
)

// loadKeys returns the keys that all instances with the same file have: one that
// signs, and one, made from it, for nonces. Without a file, both are new.
func loadKeys(file, alg string) (*token.Keys, *token.Nonces, error) {
	der, err := readKey(file, alg)
	if err != nil {
		return nil, nil, fmt.Errorf("-key: %w", err)
	}
	private, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, nil, errors.New("-key: not a private key in PKCS #8") // err might quote it
	}
	key, err := token.NewKey("", private)
	if err != nil {
		return nil, nil, fmt.Errorf("-key: %w", err)
	}
	if key.Algorithm() != token.Algorithm(alg) {
		return nil, nil, fmt.Errorf("-key: the key is for %s, not for -alg %s", key.Algorithm(), alg)
	}
	keys, err := token.NewKeys(key)
	if err != nil {
		return nil, nil, fmt.Errorf("-key: %w", err)
	}
	secret, err := hkdf.Key(sha256.New, der, nil, "notes API: nonces for DPoP", sha256.Size)
	if err != nil {
		return nil, nil, fmt.Errorf("-key: %w", err)
	}
	nonces, err := token.NewNonces(secret)
	return keys, nonces, err
}

// readKey returns the key in a file, which it makes if there is none.
func readKey(file, alg string) ([]byte, error) {
	if file == "" {
		return newKey(alg)
	}
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		if err = makeFile(file, alg); err == nil {
			text, err = os.ReadFile(file)
		}
	}
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil || block.Type != pemType {
		return nil, fmt.Errorf("%s has no PEM block of the type %s", file, pemType)
	}
	return block.Bytes, nil
}

const pemType = "PRIVATE KEY"

// makeFile makes a file with a new key. It appears under its name when it is
// whole; of several instances that start together, one makes it.
func makeFile(file, alg string) error {
	der, err := newKey(alg)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(file), ".key-*") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if err := errors.Join(pem.Encode(f, &pem.Block{Type: pemType, Bytes: der}), f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Link(f.Name(), file); !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

func newKey(alg string) ([]byte, error) {
	var key any
	var err error
	switch token.Algorithm(alg) {
	case token.EdDSA:
		_, key, err = ed25519.GenerateKey(rand.Reader)
	case token.ES256:
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case token.RS256:
		key, err = rsa.GenerateKey(rand.Reader, 2048)
	default:
		return nil, fmt.Errorf("-alg %q is not EdDSA, ES256 or RS256", alg)
	}
	if err != nil {
		return nil, err
	}
	return x509.MarshalPKCS8PrivateKey(key)
}
