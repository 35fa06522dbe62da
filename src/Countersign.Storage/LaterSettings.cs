using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace Countersign.Storage;

/// <summary>
/// Settings in a document that a newer version wrote and this one does not know. While servers are upgraded one by one, or after a way back, a change by this version keeps them as they are:
/// whoever sets a name must not undo a protection of which it has never heard.
/// </summary>
static class LaterSettings
{
    /// <summary>The document as this version writes it, with what it does not know of the one before. Members of lists are written anew, whole.</summary>
    /// <param name="after">As this version writes it.</param>
    /// <param name="before">What is kept now.</param>
    /// <param name="known">What this version knows of such documents.</param>
    public static string Keep(string after, string before, JsonTypeInfo known)
    {
        var (next, last) = (JsonNode.Parse(after)!.AsObject(), JsonNode.Parse(before)!.AsObject());
        return Add(next, last, known) ? next.ToJsonString() : after;
    }

    /// <summary>Whether there was anything to add.</summary>
    static bool Add(JsonObject next, JsonObject last, JsonTypeInfo known)
    {
        var added = false;
        foreach (var (name, value) in last)
        {
            if (known.Properties.FirstOrDefault(property => property.Name == name) is not { } property)
            {
                next[name] = value?.DeepClone();
                added = true;
            }
            else if (value is JsonObject inner && next[name] is JsonObject mine && StorageJson.Default.GetTypeInfo(property.PropertyType) is { Kind: JsonTypeInfoKind.Object } type)
            {
                added |= Add(mine, inner, type);
            }
        }

        return added;
    }
}
