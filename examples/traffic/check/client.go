// Package check compares what a shop's reports say with the truth.
package check

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"time"

	"github.com/sojourn-go/sojourn/analytics/report"
)

// client asks the shop for reports, as its administrator.
type client struct {
	shop *url.URL
	http *http.Client
}

// logIn returns a client that is logged in.
func logIn(ctx context.Context, shop *url.URL) (*client, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	c := &client{shop: shop, http: &http.Client{Jar: jar, Timeout: time.Minute}}
	login, err := http.NewRequestWithContext(ctx, http.MethodPost, shop.JoinPath("/api/login").String(),
		bytes.NewReader([]byte(`{"user":"admin","password":"sojourn"}`)))
	if err != nil {
		return nil, err
	}
	login.Header.Set("Content-Type", "application/json")
	if err := c.do(login, nil); err != nil {
		return nil, fmt.Errorf("logging in as the administrator: %w", err)
	}
	return c, nil
}

// get asks for a report.
func (c *client) get(ctx context.Context, name string, parameters url.Values, answer any) error {
	u := c.shop.JoinPath("/api/report", name)
	u.RawQuery = parameters.Encode()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err == nil {
		err = c.do(r, answer)
	}
	if err != nil {
		return fmt.Errorf("the report %s: %w", name, err)
	}
	return nil
}

// maxReport bounds what is read of an answer, in bytes.
const maxReport = 64 << 20

func (c *client) do(r *http.Request, answer any) error {
	res, err := c.http.Do(r)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxReport))
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %.300s", res.Status, bytes.TrimSpace(body))
	}
	if answer == nil {
		return nil
	}
	return json.Unmarshal(body, answer)
}

// Skipped returns how many page views the shop's ledger has as skipped, by reason.
func Skipped(ctx context.Context, shop *url.URL) (map[string]int64, error) {
	c, err := logIn(ctx, shop)
	if err != nil {
		return nil, err
	}
	var ledger report.LedgerReport
	if err := c.get(ctx, "ledger", nil, &ledger); err != nil {
		return nil, err
	}
	return ledger.Skipped, nil
}
