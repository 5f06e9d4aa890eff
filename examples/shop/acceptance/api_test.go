package acceptance

import (
	"fmt"
	"net/http"
	"testing"
)

// The calls of the API, as clients make them.

type me struct {
	User    string `json:"user"`
	Session string `json:"session"`
	Visit   string `json:"visit"`
}

type line struct {
	SKU string `json:"sku"`
	Qty int64  `json:"qty"`
}

type cart struct {
	Lines []line `json:"lines"`
	Count int64  `json:"count"`
}

type order struct {
	Order string `json:"order"`
	Lines []line `json:"lines"`
}

type points struct {
	Points int64 `json:"points"`
}

type device struct {
	ID      string `json:"id"`
	Current bool   `json:"current"`
}

func credentials(user, pass string) string {
	return asJSON(map[string]string{"user": user, "password": pass})
}

func (c *client) tryLogin(user string) (answer, error) {
	return c.try("POST", "/api/login", credentials(user, password), http.StatusOK)
}

func (c *client) login(t *testing.T, user string) answer {
	t.Helper()
	a, err := c.tryLogin(user)
	if err != nil {
		t.Fatalf("login of %s: %v", user, err)
	}
	return a
}

func (c *client) logout(t *testing.T) answer {
	t.Helper()
	return c.do(t, "POST", "/api/logout", "", http.StatusNoContent)
}

func (c *client) tryMe() (me, answer, error) {
	return decode[me](c.try("GET", "/api/me", "", http.StatusOK))
}

func (c *client) me(t *testing.T) me {
	t.Helper()
	return must[me](t)(c.tryMe())
}

// is complains unless the client is logged in as user; "" means as nobody.
func (c *client) is(user, promise string) error {
	m, a, err := c.tryMe()
	if err == nil && m.User != user {
		err = fmt.Errorf("%s: user is %q, want %q: %v", promise, m.User, user, a)
	}
	return err
}

func (c *client) mustBe(t *testing.T, user, promise string) {
	t.Helper()
	if err := c.is(user, promise); err != nil {
		t.Fatal(err)
	}
}

func (c *client) tryAdd(sku string, qty int64) (cart, answer, error) {
	return decode[cart](c.try("POST", "/api/cart", asJSON(line{sku, qty}), http.StatusOK))
}

func (c *client) add(t *testing.T, sku string, qty int64) cart {
	t.Helper()
	return must[cart](t)(c.tryAdd(sku, qty))
}

func (c *client) cart(t *testing.T) cart {
	t.Helper()
	return must[cart](t)(decode[cart](c.try("GET", "/api/cart", "", http.StatusOK)))
}

func (c *client) trySet(key, value string) (answer, error) {
	return c.try("PUT", "/api/preferences/"+key, value, http.StatusNoContent)
}

func (c *client) set(t *testing.T, key, value string) answer {
	t.Helper()
	return c.do(t, "PUT", "/api/preferences/"+key, value, http.StatusNoContent)
}

func (c *client) preferences(t *testing.T) map[string]string {
	t.Helper()
	return must[map[string]string](t)(decode[map[string]string](c.try("GET", "/api/preferences", "", http.StatusOK)))
}

func (c *client) tryPoint() (points, answer, error) {
	return decode[points](c.try("POST", "/api/points", "", http.StatusOK))
}

func (c *client) point(t *testing.T) int64 {
	t.Helper()
	return must[points](t)(c.tryPoint()).Points
}

func (c *client) devices(t *testing.T) []device {
	t.Helper()
	return must[[]device](t)(decode[[]device](c.try("GET", "/api/sessions", "", http.StatusOK)))
}

func (c *client) checkout(t *testing.T) order {
	t.Helper()
	return must[order](t)(decode[order](c.try("POST", "/api/checkout", "", http.StatusOK)))
}
