import java.util.Map;

/** Writes one flat object; a null value leaves the name out. */
final class Json {
  private final StringBuilder text = new StringBuilder("{");

  Json put(String name, String value) {
    if (value != null) quote(name(name), value);
    return this;
  }

  Json put(String name, long value) {
    name(name).append(value);
    return this;
  }

  Json put(String name, Map<String, String> values) {
    Json inner = new Json();
    values.forEach(inner::put);
    name(name).append(inner.end());
    return this;
  }

  String end() {
    return text.append('}').toString();
  }

  private StringBuilder name(String name) {
    if (text.length() > 1) text.append(',');
    return quote(text, name).append(':');
  }

  private static StringBuilder quote(StringBuilder text, String value) {
    text.append('"');
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c == '"' || c == '\\') text.append('\\').append(c);
      else if (c < ' ' || Character.isSurrogate(c)) text.append(String.format("\\u%04x", (int) c));
      else text.append(c);
    }
    return text.append('"');
  }
}
