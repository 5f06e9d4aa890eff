package middleware_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/sojourn-go/sojourn/middleware"
)

// A draft stays on the device: the server seals it in one request and opens it in
// another. What the token is of no use for is another session, here the one that
// the same user has on another device.
func ExampleClientState() {
	key := make([]byte, 32) // one that all processes have, from a secret store
	rand.Read(key)
	drafts, err := middleware.NewClientState(key)
	if err != nil {
		panic(err)
	}
	m := newManager()
	defer m.Close(context.Background())
	mux := http.NewServeMux()
	mux.HandleFunc("/login", func(w http.ResponseWriter, r *http.Request) {
		if err := m.Login(r.Context(), "ada", middleware.Authentication{}); err != nil {
			http.Error(w, "no", middleware.StatusOf(err))
		}
	})
	mux.HandleFunc("/save", func(w http.ResponseWriter, r *http.Request) {
		s, _ := m.Current(r.Context()) // without a session Seal returns an error
		token, err := drafts.Seal(s.ID, []byte("Dear "+s.User), time.Now().Add(24*time.Hour))
		if err != nil {
			http.Error(w, "no", middleware.StatusOf(err))
			return
		}
		w.Header().Set("Draft", token)
	})
	mux.HandleFunc("/load", func(w http.ResponseWriter, r *http.Request) {
		s, _ := m.Current(r.Context())
		draft, err := drafts.Open(s.ID, r.Header.Get("Draft"), time.Now())
		fmt.Fprintf(w, "%q %v", draft, err)
	})
	h := m.Handler(mux)

	draft := "" // what the first device keeps, and somebody copies to the second
	for _, device := range [][]string{{"/login", "/save", "/load"}, {"/login", "/load"}} {
		var cookie *http.Cookie
		for _, path := range device {
			r := httptest.NewRequest("GET", "http://localhost"+path, nil)
			r.Header.Set("Draft", draft)
			if cookie != nil {
				r.AddCookie(cookie)
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			fmt.Println(strings.TrimSpace(fmt.Sprint(path, " ", w.Code, " ", w.Body)))
			if token := w.Header().Get("Draft"); token != "" {
				draft = token
			}
			for _, c := range w.Result().Cookies() {
				cookie = c
			}
		}
	}
	// Output:
	// /login 200
	// /save 200
	// /load 200 "Dear ada" <nil>
	// /login 200
	// /load 200 "" middleware: invalid client state
}
