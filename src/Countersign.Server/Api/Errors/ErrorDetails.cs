using System.Collections.Immutable;
using System.Diagnostics;
using System.Text.Json;

namespace Countersign.Server.Api.Errors;

/// <summary>
/// What an answer says beyond Twilio's four fields: a few keys in the order they were added, <c>reason</c> first.
/// Immutable, so an error may be kept and shared. A key is snake_case and is added once.
/// </summary>
public sealed class ErrorDetails
{
    readonly ImmutableArray<KeyValuePair<string, object?>> _entries;

    ErrorDetails(ImmutableArray<KeyValuePair<string, object?>> entries) => _entries = entries;

    /// <summary>Details that hold a reason, a snake_case word that a machine can branch on and that never changes its meaning.</summary>
    public static ErrorDetails For(string reason) => new([new("reason", reason)]);

    /// <summary>The machine-readable reason.</summary>
    public string Reason => (string)_entries[0].Value!;

    /// <summary>The text kept under a key, or null if there is none.</summary>
    public string? this[string key]
    {
        get
        {
            foreach (var entry in _entries)
            {
                if (entry.Key == key)
                {
                    return entry.Value as string;
                }
            }

            return null;
        }
    }

    public ErrorDetails With(string key, string? value) => Add(key, value);

    public ErrorDetails With(string key, int value) => Add(key, value);

    public ErrorDetails With(string key, double value) => Add(key, value);

    public ErrorDetails With(string key, bool value) => Add(key, value);

    public ErrorDetails With(string key, params ReadOnlySpan<string> values) => Add(key, values.ToArray());

    /// <summary>An object of texts and whole numbers, in the order given.</summary>
    public ErrorDetails WithObject(string key, params ReadOnlySpan<KeyValuePair<string, object?>> members) => Add(key, members.ToImmutableArray());

    /// <summary>The same without what is kept under a key, which is not <c>reason</c>.</summary>
    public ErrorDetails Without(string key) => new(_entries.RemoveAll(entry => entry.Key == key));

    internal void WriteMembersTo(Utf8JsonWriter json) => Write(json, _entries);

    static void Write(Utf8JsonWriter json, ImmutableArray<KeyValuePair<string, object?>> entries)
    {
        foreach (var (key, value) in entries)
        {
            switch (value)
            {
                case null: json.WriteNull(key); break;
                case string text: json.WriteString(key, text); break;
                case int number: json.WriteNumber(key, number); break;
                case double number: json.WriteNumber(key, number); break;
                case bool flag: json.WriteBoolean(key, flag); break;
                case string[] texts:
                    json.WriteStartArray(key);
                    foreach (var text in texts)
                    {
                        json.WriteStringValue(text);
                    }

                    json.WriteEndArray();
                    break;
                case ImmutableArray<KeyValuePair<string, object?>> members:
                    json.WriteStartObject(key);
                    Write(json, members);
                    json.WriteEndObject();
                    break;
                default: throw new UnreachableException();
            }
        }
    }

    ErrorDetails Add(string key, object? value) => new(_entries.Add(new(key, value)));
}
