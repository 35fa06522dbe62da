using System.Text.Json;
using Countersign.Server.Api.Errors;
using Countersign.Server.Api.Forms;

namespace Countersign.Server.Admin;

/// <summary>
/// The JSON object that an admin call sends. Unlike the form of the Twilio API, a member that we do not know is refused: here a typing error would
/// otherwise be a setting that silently stays as it was.
/// </summary>
sealed class AdminBody(JsonElement root)
{
    /// <summary>The first error, or null if everything read so far was right.</summary>
    public ApiError? Error { get; private set; }

    static readonly JsonElement Nothing = JsonDocument.Parse("{}").RootElement;

    /// <summary>As below, for a call that needs no body: one of no bytes counts as none, whatever type it is said to have, since clients say that of all that they send.</summary>
    public static async ValueTask<(AdminBody? Body, ApiError? Error)> ReadOptionalAsync(HttpRequest request, IReadOnlyCollection<string> known, CancellationToken ct) =>
        await WholeBody.ReadAsync(request, FormReader.MaxBytes, ct) is { } bytes ? bytes.Length == 0 ? (new AdminBody(Nothing), null) : Read(request, bytes, known) : (null, ApiErrors.BodyTooLarge(FormReader.MaxBytes));

    /// <summary>Reads the body; refused when it is not one JSON object of known members.</summary>
    public static async ValueTask<(AdminBody? Body, ApiError? Error)> ReadAsync(HttpRequest request, IReadOnlyCollection<string> known, CancellationToken ct)
    {
        if (request.ContentLength > FormReader.MaxBytes)
        {
            return (null, ApiErrors.BodyTooLarge(FormReader.MaxBytes));
        }

        if (!request.HasJsonContentType())
        {
            return (null, NotJson());
        }

        return await WholeBody.ReadAsync(request, FormReader.MaxBytes, ct) is { } bytes ? Read(request, bytes, known) : (null, ApiErrors.BodyTooLarge(FormReader.MaxBytes));
    }

    static ApiError NotJson() => ApiErrors.UnsupportedMediaType("not_json", "The admin API reads application/json.");

    static (AdminBody? Body, ApiError? Error) Read(HttpRequest request, byte[] bytes, IReadOnlyCollection<string> known)
    {
        if (!request.HasJsonContentType())
        {
            return (null, NotJson());
        }

        try
        {
            var document = JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = 8, AllowDuplicateProperties = false });
            ReadTexts(document.RootElement);
            var isObject = document.RootElement.ValueKind == JsonValueKind.Object;
            var unknown = isObject ? document.RootElement.EnumerateObject().Select(member => member.Name).FirstOrDefault(name => !known.Contains(name)) : null;
            return isObject && unknown is null
                ? (new AdminBody(document.RootElement), null)
                : (null, ApiErrors.Malformed(
                    $"{(unknown is null ? "The" : $"There is no member {EchoedText.Of(unknown, 32)}: the")} body must be one JSON object with members out of: {string.Join(", ", known)}.", "unknown_member"));
        }
        catch (Exception problem) when (problem is JsonException or InvalidOperationException)
        {
            return (null, ApiErrors.Malformed("The body is not valid JSON, says a thing twice, or holds an escape that stands for half a character."));
        }
    }

    /// <summary>The same body without the errors that were found in it, to be judged by something else that is there.</summary>
    public AdminBody Again() => new(root);

    /// <summary>Whether the member was sent, even as null.</summary>
    public bool Has(string name) => root.TryGetProperty(name, out _);

    /// <summary>Whether the member was sent as null.</summary>
    public bool IsNull(string name) => root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Null;

    /// <summary>A text of <paramref name="min"/> to <paramref name="max"/> characters; null when absent or null.</summary>
    public string? Text(string name, int min, int max)
    {
        if (!root.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.String && value.GetString() is { } text && text.Length >= min && text.Length <= max && !text.Any(char.IsControl))
        {
            return text;
        }

        Invalid(name, "not_text", min == max ? $"Must be a text of {min} characters." : $"Must be a text of {min} to {max} characters.");
        return null;
    }

    /// <summary>A whole number in a range; null when absent.</summary>
    public int? Integer(string name, int min, int max)
    {
        if (!root.TryGetProperty(name, out var value))
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= min && number <= max)
        {
            return number;
        }

        Invalid(name, "out_of_range", $"Must be a whole number from {min} to {max}.");
        return null;
    }

    /// <summary>True or false; null when absent.</summary>
    public bool? Flag(string name)
    {
        if (!root.TryGetProperty(name, out var value))
        {
            return null;
        }

        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False)
        {
            return value.GetBoolean();
        }

        Invalid(name, "not_a_flag", "Must be true or false.");
        return null;
    }

    /// <summary>A number in a range; null when absent or null.</summary>
    public decimal? Number(string name, decimal min, decimal max)
    {
        if (!root.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out var number) && number >= min && number <= max)
        {
            return number;
        }

        Invalid(name, "out_of_range", $"Must be a number from {min} to {max}.");
        return null;
    }

    /// <summary>A list of texts; null when absent.</summary>
    public IReadOnlyList<string>? Texts(string name, int maxCount, int maxLength)
    {
        if (!root.TryGetProperty(name, out var value))
        {
            return null;
        }

        var texts = value.ValueKind == JsonValueKind.Array
            ? value.EnumerateArray().Select(item => item.ValueKind == JsonValueKind.String ? item.GetString() : null).ToList()
            : null;
        if (texts is not null && texts.Count <= maxCount && texts.TrueForAll(text => text is { Length: > 0 } && text.Length <= maxLength && !text.Any(char.IsControl)))
        {
            return texts!;
        }

        Invalid(name, "not_a_list", $"Must be a list of at most {maxCount} texts of 1 to {maxLength} characters.");
        return null;
    }

    /// <summary>An object whose members are texts, numbers or flags, read as texts; a null member is kept as null. Null when absent.</summary>
    public IReadOnlyDictionary<string, string?>? TextMap(string name, int maxCount, int maxLength)
    {
        if (!root.TryGetProperty(name, out var value))
        {
            return null;
        }

        var map = new Dictionary<string, string?>();
        if (value.ValueKind == JsonValueKind.Object)
        {
            foreach (var member in value.EnumerateObject())
            {
                var text = member.Value.ValueKind switch
                {
                    JsonValueKind.String => member.Value.GetString(),
                    JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => member.Value.GetRawText(),
                    _ => null,
                };
                if ((text is null && member.Value.ValueKind != JsonValueKind.Null) || text?.Length > maxLength || map.Count >= maxCount)
                {
                    Invalid($"{name}.{member.Name}", "not_text", $"Must be a text of at most {maxLength} characters, a number, true, false or null; at most {maxCount} members.");
                    return null;
                }

                map[member.Name] = text;
            }

            return map;
        }

        Invalid(name, "not_an_object", "Must be an object.");
        return null;
    }

    /// <summary>The members of a list of objects, each to be read as a body of its own; null when absent.</summary>
    public IReadOnlyList<AdminBody>? Objects(string name, int maxCount, IReadOnlyCollection<string> known)
    {
        if (!root.TryGetProperty(name, out var value))
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.Array && value.GetArrayLength() <= maxCount
            && value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.Object && item.EnumerateObject().All(member => known.Contains(member.Name))))
        {
            return [.. value.EnumerateArray().Select(item => new AdminBody(item))];
        }

        Invalid(name, "not_a_list", $"Must be a list of at most {maxCount} objects with members out of: {string.Join(", ", known)}.");
        return null;
    }

    /// <summary>A member as it was sent, for what reads it by rules of its own; undefined when absent.</summary>
    public JsonElement Raw(string name) => root.TryGetProperty(name, out var value) ? value : default;

    /// <summary>Records a wrong member, unless there is an error already. The value is not repeated.</summary>
    public void Invalid(string name, string reason, string explanation) =>
        Error ??= ApiErrors.InvalidParameter(name, null, reason, explanation);

    /// <summary>A name or a text with half a character in it throws when it is read: here, where that is an answer, and not in the middle of the work.</summary>
    static void ReadTexts(JsonElement element)
    {
        if (element.ValueKind == JsonValueKind.Object)
        {
            foreach (var member in element.EnumerateObject())
            {
                _ = member.Name;
                ReadTexts(member.Value);
            }
        }
        else if (element.ValueKind == JsonValueKind.Array)
        {
            foreach (var item in element.EnumerateArray())
            {
                ReadTexts(item);
            }
        }
        else if (element.ValueKind == JsonValueKind.String)
        {
            _ = element.GetString();
        }
    }
}
