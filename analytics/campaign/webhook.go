package campaign

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	webhookTimeout = 10 * time.Second

	// maxAnswer is how much of an answer is read, in bytes: so that a connection
	// can be used again, but not whatever somebody sends.
	maxAnswer = 64 << 10
)

// WebhookOptions configures a [Webhook].
type WebhookOptions struct {
	// URL is where to send requests: https, or http of this machine (localhost, or
	// a loopback address), without user and password. It is taken to be the
	// operator's. One that customers enter must not reach the servers around, which
	// is for the transport of Client, or a proxy, to see to.
	URL string

	// Secrets sign each request, all of them: at least one, and two while one
	// replaces the other.
	Secrets []Secret

	// Client sends the requests, save that redirects are not followed. Default: a
	// client of its own.
	Client *http.Client

	// Now is the clock for the time of requests. Default: [time.Now].
	Now func() time.Time
}

// Webhook is a [Hook] that sends each occasion as JSON in a POST request, signed as
// Standard Webhooks 1.0.0 says (https://www.standardwebhooks.com), within 10 s.
// [Verify] is for the other side.
//
// An answer with a status of 2xx is success. 410 is failure for good, 429 and 503
// may say with Retry-After when to go on, and all else, redirects included, is
// failure. Neither its errors nor what fmt prints of it show secrets or the URL's
// path, which with some receivers is one.
type Webhook struct {
	host   string
	now    func() time.Time
	post   func(ctx context.Context, header http.Header, body []byte) (*http.Response, error)
	header func(id, timestamp string, body []byte) http.Header
}

// NewWebhook returns a webhook. It reports all faults together, joined.
func NewWebhook(o WebhookOptions) (*Webhook, error) {
	target, err := url.Parse(o.URL)
	var errs []error
	switch {
	case err != nil:
		errs = append(errs, errors.New("campaign: WebhookOptions.URL is malformed"))
	case target.Host == "" || target.Scheme != "https" && (target.Scheme != "http" || !isLoopback(target.Hostname())):
		errs = append(errs, errors.New("campaign: WebhookOptions.URL must be https, or http of this machine"))
	case target.User != nil:
		errs = append(errs, errors.New("campaign: WebhookOptions.URL has a user"))
	}
	if len(o.Secrets) == 0 {
		errs = append(errs, errors.New("campaign: WebhookOptions.Secrets is empty"))
	}
	if slices.ContainsFunc(o.Secrets, func(s Secret) bool { return s.key == nil }) {
		errs = append(errs, errors.New("campaign: WebhookOptions.Secrets has an empty one"))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	var client http.Client
	if o.Client != nil {
		client = *o.Client
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	w := &Webhook{host: target.Host, now: o.Now}
	if w.now == nil {
		w.now = time.Now
	}
	secrets := slices.Clone(o.Secrets)
	w.header = func(id, timestamp string, body []byte) http.Header {
		return http.Header{
			"Content-Type": {"application/json"}, "User-Agent": {"sojourn"},
			headerID: {id}, headerTimestamp: {timestamp}, headerSignature: {sign(secrets, id, timestamp, body)},
		}
	}
	w.post = func(ctx context.Context, header http.Header, body []byte) (*http.Response, error) {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, target.String(), bytes.NewReader(body))
		if err != nil {
			return nil, err
		}
		r.Header = header
		return client.Do(r)
	}
	return w, nil
}

// String returns the host that requests go to.
func (w *Webhook) String() string { return "webhook to " + w.host }

// Deliver sends o.
func (w *Webhook) Deliver(ctx context.Context, o Occasion) error {
	body, err := json.Marshal(o)
	if err != nil {
		return Permanent(fmt.Errorf("campaign: webhook to %s: %w", w.host, err))
	}
	ctx, cancel := context.WithTimeout(ctx, webhookTimeout)
	defer cancel()
	now := w.now()
	answer, err := w.post(ctx, w.header(o.ID, strconv.FormatInt(now.Unix(), 10), body), body)
	if err != nil {
		if e, ok := errors.AsType[*url.Error](err); ok {
			err = e.Err // it has the URL
		}
		return fmt.Errorf("campaign: webhook to %s: %w", w.host, err)
	}
	defer answer.Body.Close()
	// What it says beside the status is of no interest; nor is that it broke off.
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, maxAnswer))
	return w.judge(answer, now)
}

// judge returns what an answer means.
func (w *Webhook) judge(answer *http.Response, now time.Time) error {
	if answer.StatusCode/100 == 2 {
		return nil
	}
	err := fmt.Errorf("campaign: webhook to %s: status %d", w.host, answer.StatusCode)
	switch answer.StatusCode {
	case http.StatusGone:
		return Permanent(err)
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		if wait := retryAfter(answer.Header.Get("Retry-After"), now); wait > 0 {
			return RetryAfter(wait, err)
		}
	}
	return err
}

// retryAfter returns what a Retry-After header asks for (RFC 9110 §10.2.3), 0 if it
// cannot be read.
func retryAfter(value string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil {
		return at.Sub(now)
	}
	return 0
}

// isLoopback reports whether a host is this machine, without asking a resolver.
func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}
