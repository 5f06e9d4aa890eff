package middleware_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/sojourn-go/sojourn/middleware"
	"github.com/sojourn-go/sojourn/sessionstore"
)

// newManager is what the examples share: a manager for plain HTTP on loopback.
func newManager() *middleware.Manager {
	m, err := middleware.New(middleware.Config{
		Store:  sessionstore.NewMemory(sessionstore.MemoryOptions{}),
		Cookie: middleware.Cookie{DangerouslyInsecure: true},
	})
	if err != nil {
		panic(err)
	}
	return m
}

// visit sends requests to h one after the other, as one browser does.
func visit(h http.Handler, paths ...string) {
	var cookie *http.Cookie
	for _, path := range paths {
		r := httptest.NewRequest("GET", "http://localhost"+path, nil)
		if cookie != nil {
			r.AddCookie(cookie)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		fmt.Println(strings.TrimSpace(fmt.Sprint(path, " ", w.Code, " ", w.Body)))
		for _, c := range w.Result().Cookies() {
			cookie = c
		}
	}
}

func Example() {
	m := newManager()
	defer m.Close(context.Background())
	mux := http.NewServeMux()
	mux.HandleFunc("/login", func(w http.ResponseWriter, r *http.Request) {
		if err := m.Login(r.Context(), "ada", middleware.Authentication{AMR: []string{"pwd"}}); err != nil {
			http.Error(w, "no", middleware.StatusOf(err))
		}
	})
	mux.HandleFunc("/logout", func(w http.ResponseWriter, r *http.Request) {
		if err := m.Logout(r.Context()); err != nil {
			http.Error(w, "no", middleware.StatusOf(err))
		}
	})
	mux.Handle("/account", m.RequireLogin(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s, _ := m.Current(r.Context())
		fmt.Fprintf(w, "hello %s", s.User)
	})))
	visit(m.Handler(mux), "/account", "/login", "/account", "/logout", "/account")
	// Output:
	// /account 401 Unauthorized
	// /login 200
	// /account 200 hello ada
	// /logout 200
	// /account 401 Unauthorized
}

func ExampleManager_Values() {
	m := newManager()
	defer m.Close(context.Background())
	visit(m.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		flash := m.Values().PopString(r.Context(), "flash")
		m.Values().Put(r.Context(), "flash", "you came from "+r.URL.Path)
		fmt.Fprintf(w, "%q", flash)
	})), "/a", "/b")
	// Output:
	// /a 200 ""
	// /b 200 "you came from /a"
}

// Two requests that read a counter, add one and write it back would lose one of
// the two with most session libraries. A key with a merge loses none.
func ExampleKey() {
	seen := middleware.NewKey("seen", middleware.Counter())
	m := newManager()
	defer m.Close(context.Background())
	visit(m.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, _ := seen.Get(r.Context())
		if err := seen.Set(r.Context(), n+1); err != nil {
			http.Error(w, "no", middleware.StatusOf(err))
			return
		}
		fmt.Fprint(w, n+1)
	})), "/", "/", "/")
	// Output:
	// / 200 1
	// / 200 2
	// / 200 3
}

func ExampleKey_Update() {
	type player struct{ Level int }
	profile := middleware.NewKey[player]("profile")
	m := newManager()
	defer m.Close(context.Background())
	visit(m.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p, err := profile.Update(r.Context(), func(old player) player {
			old.Level++
			return old
		})
		fmt.Fprint(w, p.Level, err)
	})), "/", "/")
	// Output:
	// / 200 1 <nil>
	// / 200 2 <nil>
}

func ExampleCart() {
	m := newManager()
	defer m.Close(context.Background())
	mux := http.NewServeMux()
	mux.HandleFunc("/add", func(_ http.ResponseWriter, r *http.Request) {
		if err := m.Cart().Add(r.Context(), "sencha", 2); err != nil {
			fmt.Println(err)
		}
	})
	mux.HandleFunc("/checkout", func(w http.ResponseWriter, r *http.Request) {
		lines, err := m.Cart().Checkout(r.Context(), "order-1")
		fmt.Fprint(w, lines, err)
	})
	visit(m.Handler(mux), "/add", "/add", "/checkout", "/checkout")
	// Output:
	// /add 200
	// /add 200
	// /checkout 200 map[sencha:4] <nil>
	// /checkout 200 map[] sessionstore: the cart is empty
}

// A struct under a name of its own is refused when the response begins: nothing
// says what type it is to come back as. It belongs under a [middleware.Key].
func ExampleManager_Values_incorrect() {
	type player struct{ Level int }
	m := newManager()
	defer m.Close(context.Background())
	visit(m.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m.Values().Put(r.Context(), "profile", player{Level: 1}) // wrong
		fmt.Fprint(w, "stored")                                  // never reaches the client
	})), "/")
	// Output:
	// / 500 Internal Server Error
}

// The manager's methods work inside of its Handler only. A guard outside of it
// refuses everything.
func ExampleManager_RequireLogin_incorrect() {
	m := newManager()
	defer m.Close(context.Background())
	page := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	visit(m.RequireLogin(m.Handler(page)), "/") // wrong way round
	// Output:
	// / 500 Internal Server Error
}
