using System.Text.Json;

namespace Countersign.Carriers;

/// <summary>Reads a callback's JSON body, whatever it is, without throwing.</summary>
static class CallbackJson
{
    /// <summary>The body as a JSON object; an undefined element where it is none.</summary>
    public static JsonElement Parse(ReadOnlyMemory<byte> body)
    {
        var root = VendorJson.Parse(body);
        return root.ValueKind == JsonValueKind.Object ? root : default;
    }

    /// <summary>The texts and numbers of a flat JSON object, in order; empty where the body is none.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>> Fields(ReadOnlyMemory<byte> body)
    {
        var root = Parse(body);
        if (root.ValueKind != JsonValueKind.Object)
        {
            return [];
        }

        try
        {
            return
            [
                .. root.EnumerateObject()
                    .Where(field => field.Value.ValueKind is JsonValueKind.String or JsonValueKind.Number)
                    .Select(field => KeyValuePair.Create(field.Name, field.Value.ValueKind == JsonValueKind.String ? field.Value.GetString()! : field.Value.GetRawText())),
            ];
        }
        catch (InvalidOperationException)
        {
            return []; // An escape that stands for half a character.
        }
    }
}
