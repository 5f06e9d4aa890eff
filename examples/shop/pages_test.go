package main

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/sojourn-go/sojourn/middleware"
)

var (
	titleTag = regexp.MustCompile(`<title>[^<]+ · Sojourn Tea</title>`)
	h1Tag    = regexp.MustCompile(`<h1[^>]*>[^<]+</h1>`)
	linkTag  = regexp.MustCompile(`(?:href|src)="([^"]*)"`)
	formTag  = regexp.MustCompile(`(?s)<form method="(\w+)" action="([^"#]*)[^"]*"[^>]*>(.*?)</form>`)
	inputTag = regexp.MustCompile(`<(?:input|select)[^>]*>`)
	nameAttr = regexp.MustCompile(`name="([^"]+)"`)
	idAttr   = regexp.MustCompile(`\bid="([^"]+)"`)
	valAttr  = regexp.MustCompile(`value="([^"]*)"`)
)

// crawl visits every page that a browser can reach by links, and hands each to
// look.
func crawl(t *testing.T, b *browser, look func(path, page string)) {
	t.Helper()
	paths, seen := []string{"/"}, map[string]bool{"/": true}
	for len(paths) > 0 {
		path := paths[0]
		paths = paths[1:]
		a := b.send("GET", path, "")
		if a.status != http.StatusOK && a.status != http.StatusSeeOther {
			t.Errorf("GET %s: status %d", path, a.status)
		}
		if !strings.HasPrefix(a.header.Get("Content-Type"), "text/html") || a.status != http.StatusOK {
			continue
		}
		look(path, a.body)
		for _, m := range linkTag.FindAllStringSubmatch(a.body, -1) {
			next, fragment, _ := strings.Cut(strings.ReplaceAll(m[1], "&amp;", "&"), "#")
			if next == "" {
				if !strings.Contains(a.body, `id="`+fragment+`"`) {
					t.Errorf("%s: nothing has the ID %q", path, fragment)
				}
				continue
			}
			if !strings.HasPrefix(next, "/") {
				t.Errorf("%s: link %q leads elsewhere", path, m[1])
			} else if !seen[next] {
				seen[next] = true
				paths = append(paths, next)
			}
		}
	}
}

func TestPages(t *testing.T) {
	shopURL, _ := open(t, middleware.Config{})
	mux := (&shop{sessions: new(middleware.Manager)}).routes()
	visitor, ada, admin := visit(t, shopURL), as(t, shopURL, "ada"), as(t, shopURL, "admin")
	other := as(t, shopURL, "ada")
	other.want(200, "POST", "/api/cart", `{"sku":"sencha","qty":1}`)
	ada.want(200, "POST", "/api/cart", `{"sku":"sencha","qty":1}`)
	for name, b := range map[string]*browser{"visitor": visitor, "ada": ada, "admin": admin} {
		t.Run(name, func(t *testing.T) {
			pages := 0
			crawl(t, b, func(path, page string) {
				pages++
				if !titleTag.MatchString(page) || len(h1Tag.FindAllString(page, -1)) != 1 {
					t.Errorf("%s: a page has a title and one h1", path)
				}
				checkForms(t, mux, path, page)
			})
			if pages < 3 {
				t.Errorf("%d pages reached", pages)
			}
		})
	}
}

// checkForms checks that every field has a label, and every form a handler.
func checkForms(t *testing.T, mux *http.ServeMux, path, page string) {
	t.Helper()
	for _, input := range inputTag.FindAllString(page, -1) {
		id := idAttr.FindStringSubmatch(input)
		if !strings.Contains(input, `type="hidden"`) && (id == nil || !strings.Contains(page, `<label for="`+id[1]+`"`) && !strings.Contains(page, `<label class="sr" for="`+id[1]+`"`)) {
			t.Errorf("%s: no label for %s", path, input)
		}
	}
	forms := formTag.FindAllStringSubmatch(page, -1)
	if len(forms) != strings.Count(page, "<form") {
		t.Errorf("%s: a form without method and action", path)
	}
	for _, form := range forms {
		req, err := http.NewRequestWithContext(t.Context(), strings.ToUpper(form[1]), form[2], nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, pattern := mux.Handler(req); pattern == "" {
			t.Errorf("%s: form leads nowhere: %s %s", path, form[1], form[2])
		}
	}
}

// submit fills in a form of a page, found by its action, and sends it. It
// returns where the browser is sent.
func submit(b *browser, page, action string, fill url.Values) string {
	b.t.Helper()
	for _, form := range formTag.FindAllStringSubmatch(page, -1) {
		values := url.Values{}
		for _, input := range inputTag.FindAllString(form[3], -1) {
			value := ""
			if m := valAttr.FindStringSubmatch(input); m != nil {
				value = m[1]
			}
			values.Set(nameAttr.FindStringSubmatch(input)[1], value)
		}
		match := form[2] == action
		for name, v := range fill {
			match = match && values.Has(name)
			values[name] = v
		}
		if match {
			a := b.send("POST", action, values.Encode())
			if a.status != http.StatusSeeOther {
				b.t.Fatalf("POST %s %v: status %d: %s", action, values, a.status, a.body)
			}
			return a.header.Get("Location")
		}
	}
	b.t.Fatalf("no form with action %s and fields %v", action, fill)
	return ""
}

func TestBuyingTeaWithForms(t *testing.T) {
	shopURL, _ := open(t, middleware.Config{})
	b := visit(t, shopURL)
	page := func(path, want string) string {
		t.Helper()
		body := b.want(200, "GET", path, "")
		if !strings.Contains(body, want) {
			t.Fatalf("GET %s: no %q in %s", path, want, body)
		}
		return body
	}
	b.want(303, "POST", "/cart", "sku=sencha&qty=2")
	page("/", "2 × Sencha added to your cart.")
	if strings.Contains(page("/", "Sencha"), "added to your cart.") {
		t.Error("a notice is shown twice")
	}
	cart := page("/cart", "€19.60")
	submit(b, cart, "/cart/sencha", url.Values{"qty": {"3"}})
	page("/cart", "€29.40")

	if got := b.send("GET", "/account", "").header.Get("Location"); got != "/login?next=%2Faccount" {
		t.Errorf("the account page sends visitors to %s", got)
	}
	login := page("/login?next=%2Fcart", `name="password"`)
	if a := b.send("POST", "/login", "user=ada&password=x&next=/cart"); a.status != 401 || !strings.Contains(a.body, errWrongPassword.message) || !strings.Contains(a.body, `value="ada"`) {
		t.Errorf("status %d: %s", a.status, a.body)
	}
	if got := submit(b, login, "/login", url.Values{"user": {"ada"}, "password": {"sojourn"}}); got != "/cart" {
		t.Errorf("the login leads to %s", got)
	}
	cart = page("/cart", "€29.40") // the cart came along
	if got := submit(b, cart, "/checkout", nil); got != "/order" {
		t.Errorf("the checkout leads to %s", got)
	}
	page("/order", "TEA-")
	page("/cart", "nothing in it yet")
	if got := submit(b, cart, "/checkout", nil); got != "/order" { // the button again
		t.Errorf("the second checkout leads to %s", got)
	}

	account := page("/account", "You, ada")
	submit(b, account, "/account/preferences", url.Values{"theme": {"dark"}, "scale": {"fahrenheit"}})
	page("/", `data-theme="dark"`)
	page("/", "167 °F")
	submit(b, account, "/account/stamps", nil)
	page("/account", "Stamp number 1")

	phone := as(t, shopURL, "ada")
	account = page("/account", "/account/sessions/")
	action := regexp.MustCompile(`/account/sessions/[\w-]+`).FindString(account)
	submit(b, account, action, nil)
	phone.want(303, "GET", "/account", "")
	submit(b, account, "/account/sessions", nil)
	page("/account", "nowhere else")
	submit(b, account, "/logout", nil)
	page("/", "Your cart is still here.")
	b.want(303, "GET", "/account", "")
}

func TestTeaPages(t *testing.T) {
	shopURL, _ := open(t, middleware.Config{})
	b := visit(t, shopURL)
	for _, tea := range catalogue {
		page := b.want(200, "GET", "/tea/"+tea.SKU, "")
		for _, part := range []string{"<h1>" + tea.Name + "</h1>", price(tea.Cents), `name="sku" value="` + tea.SKU + `"`} {
			if !strings.Contains(page, part) {
				t.Errorf("the page of %s lacks %s", tea.SKU, part)
			}
		}
	}
	if got := submit(b, b.want(200, "GET", "/tea/gyokuro", ""), "/cart", url.Values{"qty": {"2"}}); got != "/#gyokuro" {
		t.Errorf("the form of a tea leads to %s", got)
	}
	if page := b.want(200, "GET", "/cart", ""); !strings.Contains(page, price(2*2100)) {
		t.Errorf("no two gyokuro in %s", page)
	}
	b.want(404, "GET", "/tea/coffee", "")
}

func TestSubscribing(t *testing.T) {
	shopURL, _ := open(t, middleware.Config{})
	b := visit(t, shopURL)
	if got := submit(b, b.want(200, "GET", "/tea/sencha", ""), "/subscribe", nil); got != "/" {
		t.Errorf("the newsletter leads to %s", got)
	}
	if page := b.want(200, "GET", "/", ""); !strings.Contains(page, "You will hear of the new harvest.") {
		t.Errorf("no notice in %s", page)
	}
}

func TestAdminPage(t *testing.T) {
	shopURL, _ := open(t, middleware.Config{})
	admin, ada := as(t, shopURL, "admin"), as(t, shopURL, "ada")
	ada.want(403, "GET", "/admin", "")
	id := decode[map[string]string](t, ada.want(200, "GET", "/api/me", ""))["session"]
	if page := admin.want(200, "GET", "/admin?session="+id, ""); !strings.Contains(page, "Trail of one session") || !strings.Contains(page, "login.started") {
		t.Errorf("no trail in %s", page)
	}
	ada.want(403, "POST", "/admin/sessions/"+id, "")
	admin.want(303, "POST", "/admin/sessions/"+id, "")
	ada.want(401, "GET", "/api/sessions", "")
	if page := admin.want(200, "GET", "/admin?session="+id, ""); !strings.Contains(page, "by admin") {
		t.Errorf("nobody ended the session in %s", page)
	}
	admin.want(404, "POST", "/admin/sessions/"+id, "")
	admin.want(404, "POST", "/admin/sessions/nonsense", "")
}

func TestFormsAnswerMistakes(t *testing.T) {
	shopURL, _ := open(t, middleware.Config{})
	b := visit(t, shopURL)
	for body, status := range map[string]int{
		"sku=sencha&qty=x":                    422,
		"sku=sencha&qty=0":                    422,
		"sku=coffee&qty=1":                    422,
		"sku=%zz":                             400,
		"sku=" + strings.Repeat("x", maxBody): 413,
	} {
		if page := b.want(status, "POST", "/cart", body); !strings.Contains(page, "<h1>") {
			t.Errorf("%.40s: not a page: %s", body, page)
		}
	}
	b.want(404, "GET", "/nothing", "")
	b.want(405, "DELETE", "/cart", "")
}

func TestLocalPath(t *testing.T) {
	for next, want := range map[string]string{
		"/cart":                "/cart",
		"/admin?session=x#t":   "/admin?session=x#t",
		"":                     "/account",
		"cart":                 "/account",
		"//evil.example":       "/account",
		`/\evil.example`:       "/account",
		"https://evil.example": "/account",
		"javascript:alert(1)":  "/account",
		"/\t/evil.example":     "/account",
	} {
		if got := localPath(next); got != want {
			t.Errorf("localPath(%q) = %q, want %q", next, got, want)
		}
	}
}

func TestHeaders(t *testing.T) {
	shopURL, _ := open(t, middleware.Config{})
	b := visit(t, shopURL)
	for _, path := range []string{"/", "/api/cart", asset("shop.css"), "/nothing"} {
		h := b.send("GET", path, "").header
		if !strings.HasPrefix(h.Get("Content-Security-Policy"), "default-src 'none'") ||
			h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Referrer-Policy") == "" {
			t.Errorf("GET %s: %v", path, h)
		}
	}
	if got := b.send("GET", asset("shop.css"), "").header; !strings.Contains(got.Get("Cache-Control"), "immutable") || got.Get("Vary") != "" {
		t.Errorf("a static file has %v", got)
	}
	if got := b.send("GET", "/static/old/shop.css", "").header.Get("Cache-Control"); got != "no-cache" {
		t.Errorf("a static file of another release has Cache-Control %q", got)
	}
	b.want(404, "GET", asset("nothing"), "")
	b.want(400, "GET", "/static/x/..%2Fmain.go", "")
}
