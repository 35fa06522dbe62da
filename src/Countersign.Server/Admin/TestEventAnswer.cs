using System.Text.Json;
using Countersign.Core.Events;
using Countersign.Server.Api;

namespace Countersign.Server.Admin;

/// <summary>A test on its way. It is not known yet what becomes of it.</summary>
sealed class TestEventAnswer(EventEntry entry) : JsonAnswer(StatusCodes.Status202Accepted)
{
    protected override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, entry.Id);
        json.WriteString("receiver"u8, entry.Receiver.ToString());
        json.WriteString("type"u8, EventTypes.Names[entry.Type]);
        json.WriteString("date_created"u8, VerificationJson.Date(entry.At));
        json.WriteEndObject();
    }
}
