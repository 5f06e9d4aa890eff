package main

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"time"

	"github.com/sojourn-go/sojourn/middleware"
)

//go:embed templates
var templateFiles embed.FS

// pages are the templates, each with the layout around it.
var pages = parsePages("home", "tea", "cart", "order", "login", "account", "rewards", "admin", "error")

func parsePages(names ...string) map[string]*template.Template {
	funcs := template.FuncMap{"price": price, "ago": ago, "asset": asset, "degrees": degrees, "short": short}
	pages := map[string]*template.Template{}
	for _, name := range names {
		pages[name] = template.Must(template.New("layout.html").Funcs(funcs).ParseFS(templateFiles,
			"templates/layout.html", "templates/parts.html", "templates/"+name+".html"))
	}
	return pages
}

// view is what the layout needs, and Data what the page inside it needs.
type view struct {
	Title  string
	Path   string
	View   string // the ID of the page view, for the beacon
	User   string
	Count  int64 // in the cart
	Theme  string
	Notice string
	Data   any
}

// The preferences that the pages act on. They are the same values that
// /api/preferences reads and writes through the scs API.
var (
	theme = middleware.NewKey[string](preference + "theme")
	scale = middleware.NewKey[string](preference + "scale")
)

// flash is the key of the notice that the next page shows.
const flash = "flash"

// page answers with a page, and the notice that an action before it has left.
func (s *shop) page(w http.ResponseWriter, r *http.Request, name, title string, data any) error {
	v := s.view(r, title, data)
	v.View = s.sessions.View(r.Context())
	v.Notice = s.sessions.Values().PopString(r.Context(), flash)
	return render(w, http.StatusOK, name, v)
}

// errorPage leaves the notice for the next page. It works without a session.
func (s *shop) errorPage(w http.ResponseWriter, r *http.Request, status int, message string) error {
	v := s.view(r, http.StatusText(status), message)
	return render(w, status, "error", v)
}

func (s *shop) view(r *http.Request, title string, data any) view {
	ctx := r.Context()
	v := view{Title: title, Path: r.URL.Path, User: s.user(ctx), Data: data}
	_, v.Count = linesOf(s.sessions.Cart().Lines(ctx))
	v.Theme, _ = theme.Get(ctx)
	return v
}

// render executes a template to the end before it writes anything.
func render(w http.ResponseWriter, status int, name string, v view) error {
	var page bytes.Buffer
	if err := pages[name].Execute(&page, v); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	w.Write(page.Bytes())
	return nil
}

// done sends the browser on after a form, with a notice for the page it gets.
func (s *shop) done(w http.ResponseWriter, r *http.Request, next, notice string) error {
	if notice != "" {
		s.sessions.Values().Put(r.Context(), flash, notice)
	}
	http.Redirect(w, r, next, http.StatusSeeOther)
	return nil
}

// field returns a field of a form, whose body is bounded.
func field(w http.ResponseWriter, r *http.Request, name string) (string, error) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	switch err := r.ParseForm(); {
	case isType[*http.MaxBytesError](err):
		return "", httpError{http.StatusRequestEntityTooLarge, "That is more than this form takes."}
	case err != nil:
		return "", httpError{http.StatusBadRequest, "The form did not arrive whole."}
	}
	return r.PostForm.Get(name), nil
}

// ago says how long ago t was, for people.
func ago(t time.Time) string {
	switch d := time.Since(t); {
	case d < 10*time.Second:
		return "just now"
	case d < time.Minute:
		return fmt.Sprintf("%d s ago", d/time.Second)
	case d < time.Hour:
		return fmt.Sprintf("%d min ago", d/time.Minute)
	case d < 24*time.Hour:
		return fmt.Sprintf("%d h ago", d/time.Hour)
	}
	return t.Format("2 January 2006")
}

// degrees formats a temperature on the reader's scale.
func degrees(celsius int, scale string) string {
	if scale == "fahrenheit" {
		return fmt.Sprintf("%d °F", celsius*9/5+32)
	}
	return fmt.Sprintf("%d °C", celsius)
}

// short is enough of an ID to tell a few apart.
func short(id fmt.Stringer) string { return id.String()[:8] }
