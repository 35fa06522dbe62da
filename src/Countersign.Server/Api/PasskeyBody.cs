using System.Buffers.Text;
using System.Text.Json;
using Countersign.Core.Factors.Passkeys;
using Countersign.Server.Api.Errors;
using Countersign.Server.Api.Forms;

namespace Countersign.Server.Api;

/// <summary>The JSON that calls about passkeys send, unlike all others under <c>/v2</c>. As in a form, what we do not know is passed over.</summary>
sealed class PasskeyBody(JsonElement root)
{
    // Browsers send a few hundred bytes, and an attestation that nobody asked for a few thousand.
    const int MaxField = 32 * 1024;
    const int MaxCredentialId = 1023;

    /// <summary>The first error, or null if everything read so far was right.</summary>
    public ApiError? Error { get; private set; }

    public static async ValueTask<(PasskeyBody? Body, ApiError? Error)> ReadAsync(HttpRequest request, CancellationToken ct)
    {
        if (request.ContentLength is not 0 && !request.HasJsonContentType())
        {
            return (null, ApiErrors.UnsupportedMediaType("not_json", "Calls about passkeys send application/json."));
        }

        byte[]? bytes;
        try
        {
            bytes = await WholeBody.ReadAsync(request, FormReader.MaxBytes, ct);
        }
        catch (BadHttpRequestException broken)
        {
            return (null, broken.StatusCode == StatusCodes.Status413PayloadTooLarge ? ApiErrors.BodyTooLarge(FormReader.MaxBytes) : ApiErrors.Malformed("The request body was cut off or wrongly framed."));
        }

        if (bytes is null)
        {
            return (null, ApiErrors.BodyTooLarge(FormReader.MaxBytes));
        }

        try
        {
            var root = JsonDocument.Parse(bytes.Length == 0 ? "{}"u8.ToArray() : bytes, new JsonDocumentOptions { MaxDepth = 16, AllowDuplicateProperties = false }).RootElement;
            return root.ValueKind == JsonValueKind.Object ? (new PasskeyBody(root), null) : (null, ApiErrors.Malformed("The body must be one JSON object."));
        }
        catch (Exception problem) when (problem is JsonException or InvalidOperationException)
        {
            return (null, ApiErrors.Malformed("The body is not valid JSON, or says a thing twice."));
        }
    }

    /// <summary>A text of at most so many characters; null when absent, null or empty.</summary>
    public string? Text(string path, int max)
    {
        var element = At(path);
        if (element.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null)
        {
            return null;
        }

        var text = TextOf(element);
        if (text is null || text.Length > max || text.Any(char.IsControl))
        {
            Fail(path, text is null ? "not_text" : text.Length > max ? "too_long" : "control_characters", $"Must be a text of at most {max} characters.");
            return null;
        }

        return text.Length == 0 ? null : text;
    }

    public string RequiredText(string path, int max)
    {
        var text = Text(path, max);
        if (text is null)
        {
            Fail(path, "missing", $"{path} is required.");
        }

        return text ?? "";
    }

    /// <summary>A list of texts; null when absent or null.</summary>
    public IReadOnlyList<string>? Texts(string path, int maxCount, int maxLength)
    {
        var element = At(path);
        if (element.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null)
        {
            return null;
        }

        var texts = element.ValueKind == JsonValueKind.Array && element.GetArrayLength() <= maxCount ? element.EnumerateArray().Select(TextOf).ToList() : null;
        if (texts is null || texts.Exists(text => text is null || text.Length > maxLength || text.Any(char.IsControl)))
        {
            Fail(path, "not_a_list", $"Must be a list of at most {maxCount} texts of at most {maxLength} characters.");
            return null;
        }

        return texts!;
    }

    /// <summary>What <c>navigator.credentials.create()</c> gave, or with <paramref name="assertion"/> <c>navigator.credentials.get()</c>; null with an error where it cannot be that.</summary>
    public PasskeyAnswer? Answer(bool assertion)
    {
        var id = Bytes("id", required: true);
        var type = RequiredText("type", 32);
        var clientData = Bytes("response.clientDataJSON", required: true);
        var first = Bytes(assertion ? "response.authenticatorData" : "response.attestationObject", required: true);
        var signature = assertion ? Bytes("response.signature", required: true) : null;
        var handle = assertion ? Bytes("response.userHandle", required: false) : null;
        var transports = assertion ? null : Texts("response.transports", 10, 32);
        CheckRawId(id);
        if (Error is null && id!.Length > MaxCredentialId)
        {
            Fail("id", "too_long", $"The id of a passkey has at most {MaxCredentialId} bytes.");
        }

        if (Error is not null)
        {
            return null;
        }

        if (ChallengeOf(clientData!) is not { } challenge)
        {
            Fail("response.clientDataJSON", "not_client_data", "Must be what the browser gave: JSON with the challenge of this server, in base64url.");
            return null;
        }

        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("id", Base64Url.EncodeToString(id));
            json.WriteString("type", type);
            json.WriteStartObject("response");
            json.WriteString("clientDataJSON", Base64Url.EncodeToString(clientData));
            json.WriteString(assertion ? "authenticatorData" : "attestationObject", Base64Url.EncodeToString(first));
            if (signature is not null)
            {
                json.WriteString("signature", Base64Url.EncodeToString(signature));
            }

            if (handle is { Length: > 0 })
            {
                json.WriteString("userHandle", Base64Url.EncodeToString(handle));
            }

            if (transports is not null)
            {
                json.WriteStartArray("transports");
                foreach (var transport in transports)
                {
                    json.WriteStringValue(transport);
                }

                json.WriteEndArray();
            }

            json.WriteEndObject();
            json.WriteStartObject("clientExtensionResults");
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return new PasskeyAnswer(id!, challenge, assertion ? first : null, System.Text.Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length));
    }

    void Fail(string name, string reason, string explanation) => Error ??= FactorErrors.InvalidRequest(ApiErrors.InvalidParameter(name, null, reason, explanation));

    /// <summary>Browsers give the id once more; Twilio's example has it in hexadecimal digits. Where it is there, it must be the same.</summary>
    void CheckRawId(byte[]? id)
    {
        if (id is null || Text("rawId", MaxField) is not { } raw)
        {
            return;
        }

        var same = raw.Length == id.Length * 2 && raw.All(char.IsAsciiHexDigit)
            ? Convert.FromHexString(raw).AsSpan().SequenceEqual(id)
            : Decode(raw) is { } bytes && bytes.AsSpan().SequenceEqual(id);
        if (!same)
        {
            Fail("rawId", "raw_id_mismatch", "rawId must be the same as id: in base64url, or in hexadecimal digits. Or leave it out.");
        }
    }

    byte[]? Bytes(string path, bool required)
    {
        var text = required ? RequiredText(path, MaxField) : Text(path, MaxField);
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        var bytes = Decode(text);
        if (bytes is null)
        {
            Fail(path, "not_base64url", "Must be base64url, as PublicKeyCredential.toJSON() writes it.");
        }

        return bytes;
    }

    static byte[]? Decode(string text)
    {
        try
        {
            return Base64Url.DecodeFromChars(text);
        }
        catch (FormatException)
        {
            return null;
        }
    }

    static CeremonyChallenge? ChallengeOf(byte[] clientData)
    {
        try
        {
            using var document = JsonDocument.Parse(clientData, new JsonDocumentOptions { MaxDepth = 8 });
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("challenge", out var member)
                && TextOf(member) is { Length: <= 128 } text && Decode(text) is { } bytes && CeremonyChallenge.TryRead(bytes, out var challenge)
                ? challenge
                : null;
        }
        catch (Exception problem) when (problem is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>What a path leads to, in the words of the specification or as <see cref="CamelCase"/> spells them; the former where both are there.</summary>
    JsonElement At(string path)
    {
        var element = root;
        var names = path.Split('.');
        for (var i = 0; i < names.Length; i++)
        {
            var name = names[i];
            if (i > 0 && element.ValueKind is not (JsonValueKind.Object or JsonValueKind.Null) && !(element.ValueKind == JsonValueKind.Array && element.GetArrayLength() == 0))
            {
                // Not the same as left out: whoever writes an object as text would lose what it says, and not know. An empty list is how PHP writes an object of nothing.
                Fail(string.Join('.', names.Take(i)), "not_an_object", "Must be a JSON object.");
                return default;
            }

            if (element.ValueKind != JsonValueKind.Object || !(element.TryGetProperty(name, out var member) || element.TryGetProperty(CamelCase(name), out member)))
            {
                return default;
            }

            element = member;
        }

        return element;
    }

    /// <summary><c>friendlyName</c> for <c>friendly_name</c>: the types of Twilio's SDK for Node ask for the former, and it sends what it is given.</summary>
    static string CamelCase(string name) =>
        string.Concat(name.Split('_').Select((word, i) => i == 0 || word.Length == 0 ? word : $"{char.ToUpperInvariant(word[0])}{word.AsSpan(1)}"));

    static string? TextOf(JsonElement element)
    {
        try
        {
            return element.ValueKind == JsonValueKind.String ? element.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            return null; // An escape that stands for half a character.
        }
    }
}
