package campaign_test

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/analytics/campaign"
)

// The example of the reference implementations of Standard Webhooks.
const (
	vectorSecret    = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	vectorID        = "msg_p5jXN8AQM9LWM0D4loKWxJek"
	vectorBody      = `{"test": 2432232314}`
	vectorSignature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
)

var vectorTime = time.Unix(1614265330, 0)

func vectorHeader() http.Header {
	h := http.Header{}
	h.Set("webhook-id", vectorID)
	h.Set("webhook-timestamp", strconv.FormatInt(vectorTime.Unix(), 10))
	h.Set("webhook-signature", vectorSignature)
	return h
}

func vectorSecrets(t *testing.T) []campaign.Secret {
	t.Helper()
	s, err := campaign.ParseSecret(vectorSecret)
	if err != nil {
		t.Fatal(err)
	}
	return []campaign.Secret{s}
}

func TestVerifyAcceptsTheReference(t *testing.T) {
	unprefixed, err := campaign.ParseSecret(strings.TrimPrefix(vectorSecret, "whsec_"))
	if err != nil {
		t.Fatal(err)
	}
	other, err := campaign.NewSecret([]byte(otherText))
	if err != nil {
		t.Fatal(err)
	}
	for _, secrets := range [][]campaign.Secret{vectorSecrets(t), {unprefixed}, {other, unprefixed}, {{}, unprefixed}} {
		if err := campaign.Verify(secrets, vectorHeader(), []byte(vectorBody), vectorTime, 0); err != nil {
			t.Error(err)
		}
	}
}

func TestVerifyRefuses(t *testing.T) {
	other, err := campaign.NewSecret([]byte(otherText))
	if err != nil {
		t.Fatal(err)
	}
	set := func(name, value string) func(http.Header) { return func(h http.Header) { h.Set(name, value) } }
	for name, test := range map[string]struct {
		spoil   func(http.Header)
		body    string
		late    time.Duration
		secrets []campaign.Secret
	}{
		"another body":              {body: vectorBody + " "},
		"another ID":                {spoil: set("webhook-id", vectorID+"x")},
		"an empty ID":               {spoil: set("webhook-id", "")},
		"another time":              {spoil: set("webhook-timestamp", strconv.FormatInt(vectorTime.Unix()+1, 10))},
		"no number for a time":      {spoil: set("webhook-timestamp", "now")},
		"another spelling of it":    {spoil: set("webhook-timestamp", "+"+strconv.FormatInt(vectorTime.Unix(), 10))},
		"a repetition":              {late: 5*time.Minute + time.Second},
		"a request from the future": {late: -5*time.Minute - time.Second},
		"another secret":            {secrets: []campaign.Secret{other}},
		"no secret":                 {secrets: []campaign.Secret{}},
		"an empty secret":           {secrets: []campaign.Secret{{}}},
		"no signature":              {spoil: set("webhook-signature", "")},
		"an empty signature":        {spoil: set("webhook-signature", "v1,")},
		"another version":           {spoil: set("webhook-signature", "v2"+strings.TrimPrefix(vectorSignature, "v1"))},
		"a part of the signature":   {spoil: set("webhook-signature", "v1,g0hM9SsE")},
		"a missing header":          {spoil: func(h http.Header) { h.Del("webhook-id") }},
		"a header twice":            {spoil: func(h http.Header) { h.Add("webhook-id", vectorID) }},
		"a flood of signatures":     {spoil: set("webhook-signature", strings.Repeat("v1,AAAA ", 16)+vectorSignature)},
	} {
		h := vectorHeader()
		if test.spoil != nil {
			test.spoil(h)
		}
		if test.body == "" {
			test.body = vectorBody
		}
		if test.secrets == nil {
			test.secrets = vectorSecrets(t)
		}
		if err := campaign.Verify(test.secrets, h, []byte(test.body), vectorTime.Add(test.late), 0); !errors.Is(err, campaign.ErrSignature) {
			t.Errorf("%s: %v, want %v", name, err, campaign.ErrSignature)
		}
	}
}

func TestVerifyTakesAnyOfSeveralSignatures(t *testing.T) {
	h := vectorHeader()
	h.Set("webhook-signature", "v1a,AAAA v1,AAAA v1 "+vectorSignature+" v1,AAAA")
	if err := campaign.Verify(vectorSecrets(t), h, []byte(vectorBody), vectorTime.Add(5*time.Minute), 0); err != nil {
		t.Error(err)
	}
}

func TestSecretHasABoundedLength(t *testing.T) {
	for n, ok := range map[int]bool{0: false, 23: false, 24: true, 64: true, 65: false} {
		if _, err := campaign.NewSecret(make([]byte, n)); (err == nil) != ok {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}
