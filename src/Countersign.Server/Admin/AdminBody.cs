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

    /// <summary>Reads the body; refused when it is not one JSON object of known members.</summary>
    public static async ValueTask<(AdminBody? Body, ApiError? Error)> ReadAsync(HttpRequest request, IReadOnlyCollection<string> known, CancellationToken ct)
    {
        if (request.ContentLength > FormReader.MaxBytes)
        {
            return (null, ApiErrors.BodyTooLarge(FormReader.MaxBytes));
        }

        if (!request.HasJsonContentType())
        {
            return (null, ApiErrors.UnsupportedMediaType("not_json", "The admin API reads application/json."));
        }

        try
        {
            using var limited = new MemoryStream();
            var buffer = new byte[8192];
            int read;
            while ((read = await request.Body.ReadAsync(buffer, ct)) > 0)
            {
                limited.Write(buffer, 0, read);
                if (limited.Length > FormReader.MaxBytes)
                {
                    return (null, ApiErrors.BodyTooLarge(FormReader.MaxBytes));
                }
            }

            var document = JsonDocument.Parse(limited.ToArray(), new JsonDocumentOptions { MaxDepth = 8 });
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.EnumerateObject().All(member => known.Contains(member.Name))
                ? (new AdminBody(document.RootElement), null)
                : (null, ApiErrors.Malformed($"The body must be one JSON object with members out of: {string.Join(", ", known)}.", "unknown_member"));
        }
        catch (Exception problem) when (problem is JsonException or InvalidOperationException)
        {
            return (null, ApiErrors.Malformed("The body is not valid JSON."));
        }
    }

    /// <summary>Whether the member was sent, even as null.</summary>
    public bool Has(string name) => root.TryGetProperty(name, out _);

    /// <summary>A text of <paramref name="min"/> to <paramref name="max"/> characters; null when absent or null.</summary>
    public string? Text(string name, int min, int max)
    {
        if (!root.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.String && ReadText(value) is { } text && text.Length >= min && text.Length <= max && !text.Any(char.IsControl))
        {
            return text;
        }

        Invalid(name, "not_text", $"Must be a text of {min} to {max} characters.");
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

    /// <summary>Records a wrong member, unless there is an error already. The value is not repeated.</summary>
    public void Invalid(string name, string reason, string explanation) =>
        Error ??= ApiErrors.InvalidParameter(name, null, reason, explanation);

    static string? ReadText(JsonElement value)
    {
        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            return null; // An escape that stands for half a character.
        }
    }
}
