using System.Globalization;
using Countersign.Server.Api.Errors;

namespace Countersign.Server.Api.Forms;

/// <summary>
/// Reads typed parameters off a <see cref="Form"/> and remembers the first that was wrong, so that a handler reads all it
/// needs from top to bottom and asks for <see cref="Error"/> once, before it uses anything. After an error values are not to be relied on.
/// <para>
/// Absent is null. Present but empty is an error unless the method or <see cref="EmptyIsAbsent"/> says otherwise; <see cref="IsEmpty"/> tells the two apart for
/// updates that clear a setting with <c>Name=</c>. A parameter that nobody asks for is ignored, not refused: SDKs grow new ones before we do.
/// </para>
/// </summary>
public sealed class FormBinder(Form form)
{
    /// <summary>
    /// An empty value of a parameter that may be left out counts as if it had been: SDKs send a variable that is null in its caller's program so. Not for updates, where it clears what can be cleared.
    /// </summary>
    public bool EmptyIsAbsent { get; init; }

    /// <summary>The first error, or null if everything read so far was right.</summary>
    public ApiError? Error { get; private set; }

    /// <summary>Whether the parameter was sent, with a value or empty.</summary>
    public bool Has(string name) => form.Has(name);

    /// <summary>Whether the parameter was sent empty, which clears what an update can clear.</summary>
    public bool IsEmpty(string name) => form[name] is "";

    /// <summary>Text of <paramref name="min"/> to <paramref name="max"/> UTF-16 units, or null. Only a minimum of 0 lets an empty text through.</summary>
    public string? Text(string name, int min, int max) => Single(name, allowEmpty: min == 0) is { } text ? Measured(name, text, min, max) : null;

    /// <summary>Text of <paramref name="min"/> to <paramref name="max"/> UTF-16 units; absent or empty it is <c>missing</c>.</summary>
    public string RequiredText(string name, int min, int max) => Required(name) is { } text ? Measured(name, text, min, max) ?? "" : "";

    /// <summary>As <see cref="Text"/>, for what may be a phone number: a plus sign that a form turned into a space is one again (<see cref="Form.Phone"/>).</summary>
    public string? Phone(string name, int max) => Form.WithPlus(Text(name, 1, max));

    /// <summary>As <see cref="RequiredText"/>, for what may be a phone number (<see cref="Form.Phone"/>).</summary>
    public string RequiredPhone(string name, int max) => Form.WithPlus(RequiredText(name, 1, max))!;

    /// <summary><c>true</c> or <c>false</c> in any case, <c>1</c> or <c>0</c>; or null.</summary>
    public bool? Flag(string name)
    {
        switch (Single(name))
        {
            case null: return null;
            case "1": return true;
            case "0": return false;
            case var text when text.Equals("true", StringComparison.OrdinalIgnoreCase): return true;
            case var text when text.Equals("false", StringComparison.OrdinalIgnoreCase): return false;
            case var text:
                Invalid(name, text, "not_a_boolean", "Must be true or false.");
                return null;
        }
    }

    /// <summary>A whole number from <paramref name="min"/> to <paramref name="max"/>, or null.</summary>
    public int? Integer(string name, int min, int max)
    {
        if (Single(name) is not { } text)
        {
            return null;
        }

        var range = string.Create(CultureInfo.InvariantCulture, $"Must be a whole number from {min} to {max}.");
        if (!long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
        {
            Invalid(name, text, "not_an_integer", range);
            return null;
        }

        if (number < min || number > max)
        {
            var nearest = Math.Clamp(number, min, max).ToString(CultureInfo.InvariantCulture);
            Invalid(name, text, "out_of_range", range, nearest);
            return null;
        }

        return (int)number;
    }

    /// <summary>Every value of a parameter that may be repeated, in order, or null if there is none.</summary>
    public string[]? Many(string name) => form.All(name) is { Length: > 0 } values ? values : null;

    /// <summary>The value that the table gives for the name sent, matched exactly; or null, also for an empty one if that is allowed.</summary>
    public T? Choice<T>(string name, ReadOnlySpan<(string Name, T Value)> table, bool allowEmpty = false)
        where T : struct
    {
        if (Single(name, allowEmpty) is not { Length: > 0 } text)
        {
            return null;
        }

        string? suggestion = null;
        var names = new string[table.Length];
        for (var i = 0; i < table.Length; i++)
        {
            if (table[i].Name == text)
            {
                return table[i].Value;
            }

            names[i] = table[i].Name;
            suggestion ??= text.Trim().Equals(table[i].Name, StringComparison.OrdinalIgnoreCase) ? table[i].Name : null;
        }

        Invalid(name, text, "not_a_choice", $"Must be one of {string.Join(", ", names)}.", suggestion);
        return null;
    }

    /// <summary>
    /// A JSON object of texts, such as <c>{"end_user_ip":"203.0.113.7"}</c>, or null. A number, <c>true</c> or <c>false</c> counts as the text it is
    /// written with, since callers build these objects from variables. A null, a nested value or a repeated key is an error.
    /// Lengths are in UTF-16 units; keys are not empty.
    /// </summary>
    public IReadOnlyDictionary<string, string>? JsonMap(string name, int maxEntries, int maxKey, int maxValue) => JsonMap(name, maxEntries, maxKey, _ => maxValue);

    /// <summary>The same with values of which some may be longer than others.</summary>
    public IReadOnlyDictionary<string, string>? JsonMap(string name, int maxEntries, int maxKey, Func<string, int> maxValueOf)
    {
        RefuseMembers(name);
        if (Single(name) is not { } text)
        {
            return null;
        }

        if (JsonMapReader.TryRead(text, maxEntries, maxKey, maxValueOf, out var map, out var reason, out var explanation))
        {
            return map;
        }

        // Not repeated in the message: substitutions and tags hold what an application knows of a person.
        Invalid(name, null, reason, explanation);
        return null;
    }

    /// <summary>
    /// Refuses <c>Tags[a]=b</c>, which SDKs make of an object where they should have been given its JSON: it is another name, and what was meant would be lost without a word.
    /// </summary>
    public void RefuseMembers(string name)
    {
        foreach (ref readonly var pair in form.Pairs)
        {
            if (pair.Key.Length > name.Length && pair.Key[name.Length] == '[' && pair.Key.StartsWith(name, StringComparison.Ordinal))
            {
                Invalid(name, null, "not_json", $"{name} is one JSON text, and was sent as {name}[…], one parameter for each member. Give your SDK the text and not the object: in JavaScript JSON.stringify(…).");
                return;
            }
        }
    }

    /// <summary>A SID of one kind, or null, also for an empty one if that is allowed.</summary>
    public Core.Sid? Sid(string name, string prefix, bool allowEmpty = false)
    {
        if (Single(name, allowEmpty) is not { Length: > 0 } text)
        {
            return null;
        }

        if (Core.Sid.TryParse(text, prefix, out var sid))
        {
            return sid;
        }

        Invalid(name, text, "not_a_sid", $"Must be {prefix} followed by 32 hexadecimal digits.");
        return null;
    }

    /// <summary>Records an error that the handler found itself, unless there is one already.</summary>
    public void Fail(ApiError error) => Error ??= error;

    /// <summary>Records a wrong value that the handler found itself, unless there is an error already; <see cref="ApiErrors.InvalidParameter"/>.</summary>
    public void Invalid(string name, string? value, string reason, string explanation, string? suggestion = null) =>
        Error ??= ApiErrors.InvalidParameter(name, value, reason, explanation, suggestion);

    string? Required(string name)
    {
        if (!string.IsNullOrEmpty(form[name]))
        {
            return Single(name);
        }

        Error ??= ApiErrors.MissingParameter(name, Misspelt(name));
        return null;
    }

    /// <summary>What was sent under the same letters in another case, which is not it; null for nothing.</summary>
    string? Misspelt(string name)
    {
        foreach (var (sent, _) in form.Pairs)
        {
            if (sent != name && sent.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return sent;
            }
        }

        return null;
    }

    // Null for what is absent or was refused.
    string? Single(string name, bool allowEmpty = false)
    {
        string? found = null;
        foreach (ref readonly var pair in form.Pairs)
        {
            if (pair.Key != name)
            {
                continue;
            }

            if (found is not null)
            {
                // Which of the two is meant is not ours to guess, and another reader of the same body might guess differently.
                Invalid(name, null, "duplicated", $"{name} was sent more than once.");
                return null;
            }

            found = pair.Value;
        }

        if (found is "" && !allowEmpty)
        {
            if (!EmptyIsAbsent)
            {
                RefuseEmpty(name);
            }

            return null;
        }

        return found;
    }

    /// <summary>Refuses a parameter that was sent empty also where <see cref="EmptyIsAbsent"/>: one that what is done without would not be the same.</summary>
    public void RefuseEmpty(string name)
    {
        if (IsEmpty(name))
        {
            Invalid(name, null, "empty", $"{name} was sent without a value. Leave it out if there is none.");
        }
    }

    string? Measured(string name, string text, int min, int max)
    {
        if (text.Length < min)
        {
            Invalid(name, text, "too_short", string.Create(CultureInfo.InvariantCulture, $"Must have {min} to {max} characters."));
            return null;
        }

        if (text.Length > max)
        {
            Invalid(name, text, "too_long", string.Create(CultureInfo.InvariantCulture, $"Must have {min} to {max} characters, has {text.Length}."));
            return null;
        }

        return text;
    }
}
