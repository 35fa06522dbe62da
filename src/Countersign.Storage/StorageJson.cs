using System.Text.Json.Serialization;

namespace Countersign.Storage;

/// <summary>The JSON that lies in the store.</summary>
// Note: the properties of a document have setters, not init: the generated reader assigns every init property, and would undo the default of one that an
// older row does not have. And false is written, or a setting whose default is true could never be turned off.
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(PersonalDocument))]
[JsonSerializable(typeof(ServiceDocument))]
[JsonSerializable(typeof(Dictionary<string, TestNumberEntry>))]
[JsonSerializable(typeof(Dictionary<string, string>))]
[JsonSerializable(typeof(CarrierDocument))]
[JsonSerializable(typeof(Core.Routing.RouteScoreSnapshot))]
[JsonSerializable(typeof(RefusedStartBody))]
[JsonSerializable(typeof(TryRunDocument))]
[JsonSerializable(typeof(RouteDocument))]
[JsonSerializable(typeof(TemplateDocument))]
[JsonSerializable(typeof(MessagingServiceDocument))]
[JsonSerializable(typeof(MessagingConfigurationDocument))]
[JsonSerializable(typeof(RateLimitDocument))]
[JsonSerializable(typeof(WebhookDocument))]
[JsonSerializable(typeof(EventSinkDocument))]
[JsonSerializable(typeof(ReceiverSecretsDocument))]
[JsonSerializable(typeof(Core.Guard.Geo.GeoTable))]
[JsonSerializable(typeof(Dictionary<string, ListedNumberDocument>))]
[JsonSerializable(typeof(List<TryDocument>))]
[JsonSerializable(typeof(ChargeDocument))]
[JsonSerializable(typeof(ReceiptDocument))]
[JsonSerializable(typeof(Entities.EntityDocument))]
[JsonSerializable(typeof(Entities.FactorDocument))]
[JsonSerializable(typeof(Entities.ChallengeDocument))]
[JsonSerializable(typeof(Entities.AccessTokenDocument))]
[JsonSerializable(typeof(KeyPolicyDocument))]
[JsonSerializable(typeof(PushCredentialDocument))]
sealed partial class StorageJson : JsonSerializerContext;
