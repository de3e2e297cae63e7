package spec

import (
	"encoding/json"
	"fmt"
	"reflect"
	"sort"
	"strconv"
	"strings"
)

// Set changes the field that path names ("train.epochs") to value, as --set does.
func (s *Spec) Set(path, value string) error {
	v := reflect.ValueOf(s).Elem()
	parts := strings.Split(path, ".")
	for i, part := range parts {
		f, ok := field(v, part)
		if !ok {
			at := strings.Join(parts[:i], ".")
			if at == "" {
				at = "the spec"
			}
			return fmt.Errorf("spec: %s has no field %q; it has %s", at, part, strings.Join(fields(v), ", "))
		}
		v = f
	}
	bad := func(want string) error { return &FieldError{path, fmt.Sprintf("%q", value), want} }
	switch v.Kind() {
	case reflect.String:
		v.SetString(value)
	case reflect.Int:
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil {
			return bad("a whole number")
		}
		v.SetInt(n)
	case reflect.Uint64:
		n, err := strconv.ParseUint(value, 10, 64)
		if err != nil {
			return bad("a whole number, 0 or more")
		}
		v.SetUint(n)
	case reflect.Float64:
		x, err := strconv.ParseFloat(value, 64)
		if err != nil {
			return bad("a number")
		}
		v.SetFloat(x)
	case reflect.Bool:
		b, err := strconv.ParseBool(value)
		if err != nil {
			return bad("true or false")
		}
		v.SetBool(b)
	default:
		return fmt.Errorf("spec: %s is a group; name one of its fields: %s", path, strings.Join(fields(v), ", "))
	}
	return nil
}

// Field is one of a Spec's, by its path, with its value as Set reads it.
type Field struct{ Path, Value string }

// Fields lists all of them, in the document's order.
func (s Spec) Fields() []Field { return fieldsOf(nil, reflect.ValueOf(s), "") }

func fieldsOf(all []Field, v reflect.Value, path string) []Field {
	for i := range v.NumField() {
		f, at := v.Field(i), path+tag(v.Type().Field(i))
		switch f.Kind() {
		case reflect.Struct:
			all = fieldsOf(all, f, at+".")
		case reflect.Float64:
			all = append(all, Field{at, strconv.FormatFloat(f.Float(), 'g', -1, 64)})
		default:
			all = append(all, Field{at, fmt.Sprint(f.Interface())})
		}
	}
	return all
}

func field(v reflect.Value, name string) (reflect.Value, bool) {
	if v.Kind() != reflect.Struct {
		return reflect.Value{}, false
	}
	for i := range v.NumField() {
		if tag(v.Type().Field(i)) == name {
			return v.Field(i), true
		}
	}
	return reflect.Value{}, false
}

func fields(v reflect.Value) []string {
	if v.Kind() != reflect.Struct {
		return []string{"none"}
	}
	var names []string
	for i := range v.NumField() {
		names = append(names, tag(v.Type().Field(i)))
	}
	sort.Strings(names)
	return names
}

func tag(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name
}

// JSON writes the Spec as people read it, indented.
func (s Spec) JSON() []byte {
	b, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		panic(err) // a struct of plain fields always marshals
	}
	return append(b, '\n')
}
