package tokentest

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/asn1"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"
)

// signatures: right in all but the signature.
func (f *forge) signatures(keys []Key) {
	dot := strings.LastIndex(f.raw, ".")
	message, sig := f.raw[:dot], decode(f.raw[dot+1:])
	put := func(name, sig string) { f.add("signature: "+name, message+"."+encode(sig)) }
	put("empty", "")
	put("one byte", "\x00")
	put("one byte short", sig[:len(sig)-1])
	put("one byte short at the start", sig[1:])
	put("half", sig[:len(sig)/2])
	put("one byte more", sig+"\x00")
	put("one byte more at the start", "\x00"+sig)
	put("twice", sig+sig)
	put("all zeros", strings.Repeat("\x00", len(sig)))
	put("all ones", strings.Repeat("\xff", len(sig)))
	for _, at := range []int{0, 1, len(sig) / 2, len(sig) - 1} {
		for _, bit := range []byte{1, 0x80} {
			b := []byte(sig)
			b[at] ^= bit
			put(fmt.Sprintf("bit %#x of byte %d flipped", bit, at), string(b))
		}
	}
	other := f.valid
	other.ID += "x"
	other.Expires = other.Expires.Add(-time.Second)
	valid := Valid(other, f.key)
	put("of another token", decode(valid[strings.LastIndex(valid, ".")+1:]))

	segments := strings.Split(f.raw, ".")
	altered := encode(text(with(f.claims, "sub", "mallory")))
	f.add("signature: claims altered", segments[0]+"."+altered+"."+segments[2])
	f.add("signature: claims spelled in another way", segments[0]+"."+encode(decode(segments[1])+" ")+"."+segments[2])
	f.add("signature: header spelled in another way", encode(decode(segments[0])+" ")+"."+segments[1]+"."+segments[2])
	f.add("signature: header and claims swapped", segments[1]+"."+segments[0]+"."+segments[2])
	f.add("signature: of the decoded text", message+"."+encode(signature(f.alg, f.key.Private, decode(segments[0])+"."+decode(segments[1]))))
	f.add("signature: of the claims alone", message+"."+encode(signature(f.alg, f.key.Private, segments[1])))

	for _, k := range keys {
		f.schemes(k)
	}
}

// schemes: what is particular to a kind of signature.
func (f *forge) schemes(k Key) {
	valid := Valid(f.valid, k)
	dot := strings.LastIndex(valid, ".")
	message, sig := valid[:dot], []byte(decode(valid[dot+1:]))
	put := func(name string, sig []byte) {
		f.add(fmt.Sprintf("key %s: signature: %s", k.ID, name), message+"."+encode(string(sig)))
	}
	switch private := k.Private.(type) {
	case *ecdsa.PrivateKey:
		var pair struct{ R, S *big.Int }
		pair.R, pair.S = new(big.Int).SetBytes(sig[:32]), new(big.Int).SetBytes(sig[32:])
		put("in ASN.1", must(asn1.Marshal(pair)))
		put("S and R swapped", append(bytes.Clone(sig[32:]), sig[:32]...))
		order := elliptic.P256().Params().N
		put("R and S are the order of the curve", append(order.Bytes(), order.Bytes()...)) // CVE-2022-21449
		one := append(bytes.Repeat([]byte{0}, 31), 1)
		put("R and S are 1", append(bytes.Clone(one), one...))
		put("in 66 bytes", append(append([]byte{0}, sig[:32]...), append([]byte{0}, sig[32:]...)...))
	case ed25519.PrivateKey:
		put("S plus the order of the group", addOrder(sig)) // RFC 8032 §8.4
		put("with R of order 1", append(append([]byte{1}, bytes.Repeat([]byte{0}, 31)...), sig[32:]...))
		sum := sha256.Sum256([]byte(message))
		put("of a hash", ed25519.Sign(private, sum[:]))
	case *rsa.PrivateKey:
		sum := sha256.Sum256([]byte(message))
		put("PSS", must(rsa.SignPSS(rand.Reader, private, crypto.SHA256, sum[:], nil)))
		put("without the name of the hash", must(rsa.SignPKCS1v15(nil, private, 0, sum[:])))
		plus := new(big.Int).Add(new(big.Int).SetBytes(sig), private.N)
		put("plus the modulus", plus.Bytes())
	case []byte:
		put("of 16 bytes", sig[:16])
		sum := sha256.Sum256(append(bytes.Clone(private), message...))
		put("hash of secret and message", sum[:])
	}
}

// addOrder adds the order of the group to S, which is little endian.
func addOrder(sig []byte) []byte {
	order, _ := new(big.Int).SetString("7237005577332262213973186563042994240857116359379907606001950938285454250989", 10)
	out := bytes.Clone(sig)
	s := bytes.Clone(sig[32:])
	slices.Reverse(s)
	sum := new(big.Int).Add(new(big.Int).SetBytes(s), order).FillBytes(make([]byte, 32))
	slices.Reverse(sum)
	copy(out[32:], sum)
	return out
}
