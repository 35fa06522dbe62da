using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Countersign.Server.Api.Forms;

/// <summary>Reads a flat JSON object of texts; <see cref="FormBinder.JsonMap(string, int, int, int)"/> says what is accepted.</summary>
static class JsonMapReader
{
    public static bool TryRead(
        string json,
        int maxEntries,
        int maxKey,
        Func<string, int> maxValueOf,
        [NotNullWhen(true)] out Dictionary<string, string>? map,
        [NotNullWhen(false)] out string? reason,
        [NotNullWhen(false)] out string? explanation)
    {
        map = new(StringComparer.Ordinal);
        (reason, explanation) = Read(json, maxEntries, maxKey, maxValueOf, map);
        if (reason is null)
        {
            return true;
        }

        map = null;
        explanation ??= "";
        return false;
    }

    static (string? Reason, string? Explanation) Read(string json, int maxEntries, int maxKey, Func<string, int> maxValueOf, Dictionary<string, string> map)
    {
        try
        {
            var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(json));
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return ("not_an_object", "Must be a JSON object, such as {\"name\":\"value\"}.");
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var key = reader.GetString()!;
                reader.Read();
                if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray or JsonTokenType.Null)
                {
                    return ("not_text", "Every value must be a text, a number, true or false.");
                }

                // Not GetString for a number: its text is what was written, 1.50 stays 1.50.
                var value = reader.TokenType == JsonTokenType.String ? reader.GetString()! : Encoding.UTF8.GetString(reader.ValueSpan);
                if (key.Length == 0 || key.Length > maxKey)
                {
                    return ("key_length", string.Create(CultureInfo.InvariantCulture, $"A key must have 1 to {maxKey} characters."));
                }

                var maxValue = maxValueOf(key);
                if (value.Length > maxValue)
                {
                    return ("value_too_long", string.Create(CultureInfo.InvariantCulture, $"A value may have {maxValue} characters."));
                }

                if (key.AsSpan().ContainsControl() || value.AsSpan().ContainsControl())
                {
                    return ("control_characters", "Control characters other than tab and line ends are not accepted.");
                }

                if (!map.TryAdd(key, value))
                {
                    return ("duplicate_key", "A key was sent more than once.");
                }

                if (map.Count > maxEntries)
                {
                    return ("too_many_entries", string.Create(CultureInfo.InvariantCulture, $"At most {maxEntries} entries."));
                }
            }

            // Reads what follows the object; anything but white space throws.
            reader.Read();
            return default;
        }
        catch (JsonException)
        {
            return ("not_json", "Must be valid JSON.");
        }
        catch (InvalidOperationException)
        {
            // What GetString throws for an escaped half of a surrogate pair.
            return ("not_json", "Must be valid JSON; an escape stands for half a character.");
        }
    }

    static bool ContainsControl(this ReadOnlySpan<char> text)
    {
        foreach (var c in text)
        {
            if (char.IsControl(c) && c is not ('\t' or '\r' or '\n'))
            {
                return true;
            }
        }

        return false;
    }
}
