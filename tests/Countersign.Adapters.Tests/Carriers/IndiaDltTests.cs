using Countersign.Carriers.Sns;
using Countersign.Carriers.Vonage;
using Countersign.Core.Delivery;

namespace Countersign.Adapters.Tests.Carriers;

public sealed class IndiaDltTests
{
    // India has no numbers for fiction; this one goes to a peer in this process only.
    const string Indian = "+919000000000";

    static readonly Dictionary<string, string> Registered = new() { ["india_entity_id"] = "1101000000000000001", ["india_template_id"] = "1107000000000000002" };

    public static TheoryData<string, string> Kinds { get; } = new()
    {
        { "vonage", "entity-id=1101000000000000001&content-id=1107000000000000002" },
        { "sms-voice", "\"DestinationCountryParameters\":{\"IN_ENTITY_ID\":\"1101000000000000001\",\"IN_TEMPLATE_ID\":\"1107000000000000002\"}" },
        { "sns", "Name=AWS.MM.SMS.EntityId&MessageAttributes.entry.2.Value.DataType=String&MessageAttributes.entry.2.Value.StringValue=1101000000000000001"
            + "&MessageAttributes.entry.3.Name=AWS.MM.SMS.TemplateId&MessageAttributes.entry.3.Value.DataType=String&MessageAttributes.entry.3.Value.StringValue=1107000000000000002" },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_message_to_India_names_what_is_registered_there(string api, string fields) =>
        Assert.Contains(fields, await RequestAsync(api, Indian, Registered), StringComparison.Ordinal);

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Other_messages_do_not_nor_does_any_where_nothing_is_set(string api, string _)
    {
        foreach (var request in new[] { await RequestAsync(api, CarrierBench.Number, Registered), await RequestAsync(api, Indian, []) })
        {
            Assert.DoesNotContain("entity", request, StringComparison.OrdinalIgnoreCase);
        }
    }

    [Theory]
    [InlineData("india_entity_id", "1101000000000000001", "india_template_id")]
    [InlineData("india_template_id", "1107000000000000002", "india_entity_id")]
    public void One_without_the_other_is_refused(string set, string value, string wrong)
    {
        foreach (var (kind, settings, secrets) in new[] { Of("vonage", "https://example.com"), Of("sns", "https://example.com") })
        {
            Assert.Equal(wrong, Assert.Single(CarrierSettings.Check(kind, new Dictionary<string, string>(settings) { [set] = value }, secrets)).Setting);
        }
    }

    [Fact]
    public void What_is_no_id_is_refused()
    {
        var (kind, settings, secrets) = Of("vonage", "https://example.com");

        var problem = Assert.Single(CarrierSettings.Check(kind, new Dictionary<string, string>(settings) { ["india_entity_id"] = "11 01", ["india_template_id"] = "1107" }, secrets));

        Assert.Equal("india_entity_id", problem.Setting);
    }

    static async Task<string> RequestAsync(string api, string to, Dictionary<string, string> more)
    {
        await using var peer = new CarrierPeer(CarrierPeer.Json(200, "{}"));
        var (kind, settings, secrets) = Of(api, peer.Address.ToString());
        await CarrierBench.Create(kind, settings.Concat(more).ToDictionary(), secrets).SendAsync(CarrierBench.Message(number: to) with { Sender = api == "vonage" ? "Acme" : null }, TestContext.Current.CancellationToken);
        return peer.Request.Body;
    }

    static (ICarrierKind Kind, Dictionary<string, string> Settings, Dictionary<string, string> Secrets) Of(string api, string address) => api == "vonage"
        ? (new VonageKind(), new() { ["api_key"] = "abcd1234", ["base_url"] = address }, new() { ["api_secret"] = "not-a-real-secret" })
        : (new SnsKind(), new() { ["api"] = api, ["region"] = "eu-west-1", ["access_key_id"] = "AKIDEXAMPLE", ["base_url"] = address }, new() { ["secret_access_key"] = "not-a-real-secret" });
}
