using System.Text.Json;
using Countersign.Server.Api;

namespace Countersign.Server.Admin;

/// <summary>All that there is of something, without pages: an object with one array.</summary>
/// <param name="name">The array's name, in snake_case.</param>
/// <param name="items">What is in it, in its order.</param>
/// <param name="write">Writes one.</param>
sealed class ListAnswer<T>(string name, IEnumerable<T> items, Action<Utf8JsonWriter, T> write) : JsonAnswer(StatusCodes.Status200OK)
{
    protected override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteStartArray(name);
        foreach (var item in items)
        {
            write(json, item);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
